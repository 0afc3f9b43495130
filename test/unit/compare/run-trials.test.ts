import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { configure } from '../../../src/app/configure.ts';
import { joinJournal, openJournal } from '../../../src/compare/journal.ts';
import { readOutcome } from '../../../src/compare/outcome.ts';
import { performTrial } from '../../../src/compare/perform.ts';
import { localPlace } from '../../../src/compare/places/local.ts';
import { work } from '../../../src/compare/places/place.ts';
import type { Ended } from '../../../src/compare/places/process.ts';
import { runTrials } from '../../../src/compare/run-trials.ts';
import { makeTrial } from '../../../src/compare/trial.ts';
import { registry } from '../../../src/registry.ts';
import { lockRun } from '../../../src/runs/lock.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'engram-run-trials-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const common = {
  settings: { preset: 'tiny' },
  sequences: 800,
  assemble: (typed: object) => configure({ typed: { ...typed } }),
};
const trials = [1001, 1002].map((seed) =>
  makeTrial({ purpose: 'final', task: 'copy', cell: 'lstm', seed, point: {} }, common),
);

/** Runs both trials, each process ending so; how many were begun, and how each ended. */
async function run(ended: Ended) {
  const journal = await openJournal(join(folder, 'both'));
  let begun = 0;
  const { signal } = new AbortController();
  const performance = {
    journal,
    signal,
    known: registry,
    run: async () => {
      begun++;
      return ended;
    },
    began: () => undefined,
  };
  const outcomes = await runTrials(trials, {
    journal,
    perform: (left, end) =>
      work(localPlace(left, end), {
        count: 2,
        signal,
        perform: (trial) => performTrial(trial, performance),
      }),
    tell: () => undefined,
  });
  journal.release();
  return { begun, endings: trials.map(({ id }) => outcomes.get(id)?.ending) };
}

it('resumes a run that a process of a killed comparison made while its own was starting', async () => {
  const [trial] = trials as [(typeof trials)[0]];
  const journal = await openJournal(join(folder, 'orphans'));
  const begun: string[][] = [];
  const outcome = await performTrial(trial, {
    journal,
    signal: new AbortController().signal,
    known: registry,
    run: async (argv) => {
      begun.push(argv.slice(0, 2));
      if (begun.length > 1) return { ending: 'diverged', reason: 'NaN' };
      fs.mkdirSync(journal.runOf(trial), { recursive: true });
      fs.writeFileSync(join(journal.runOf(trial), 'config.json'), '{}');
      return { ending: 'failed', reason: 'expected an empty folder' };
    },
    began: () => undefined,
  });
  journal.release();
  expect(begun).toEqual([
    ['train', '--config'],
    ['resume', journal.runOf(trial)],
  ]);
  expect(outcome?.ending).toBe('diverged');
});

it('tries again what failed or was interrupted, and nothing that came to an end', async () => {
  const failed: Ended = { ending: 'failed', reason: 'killed' };
  expect(await run(failed)).toEqual({ begun: 4, endings: ['failed', 'failed'] });
  expect(await run('interrupted')).toEqual({ begun: 2, endings: [undefined, undefined] });
  const diverged: Ended = { ending: 'diverged', reason: 'NaN' };
  expect(await run(diverged)).toEqual({ begun: 2, endings: ['diverged', 'diverged'] });
  expect(await run(failed)).toEqual({ begun: 0, endings: ['diverged', 'diverged'] });
});

it('leaves a run to the process that holds it, and takes what that kept', async () => {
  const [trial] = trials as [(typeof trials)[0]];
  fs.rmSync(join(folder, 'both', 'outcomes', `${trial.id}.json`));
  const journal = joinJournal(join(folder, 'both'));
  fs.mkdirSync(journal.runOf(trial), { recursive: true });
  const lock = await lockRun(journal.runOf(trial));
  const performed = performTrial(trial, {
    journal,
    signal: new AbortController().signal,
    known: registry,
    run: () => expect.unreachable('expected the other process to train it'),
    began: () => undefined,
  });
  const kept = { ...readOutcome(trial, journal.runOf(trial), registry), ending: 'spent' as const };
  journal.keep(kept);
  lock.release();
  expect(await performed).toEqual(kept);
});
