import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { configure } from '../../../src/app/configure.ts';
import { openJournal } from '../../../src/compare/journal.ts';
import type { Ended } from '../../../src/compare/local.ts';
import { runTrials } from '../../../src/compare/run-trials.ts';
import { makeTrial } from '../../../src/compare/trial.ts';
import { registry } from '../../../src/registry.ts';

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
  const journal = await openJournal(folder);
  let begun = 0;
  const outcomes = await runTrials(trials, {
    journal,
    workers: 2,
    signal: new AbortController().signal,
    run: async () => {
      begun++;
      return ended;
    },
    knownTo: () => registry,
    tell: () => undefined,
  });
  journal.release();
  return { begun, endings: trials.map(({ id }) => outcomes.get(id)?.ending) };
}

it('tries again what failed or was interrupted, and nothing that came to an end', async () => {
  const failed: Ended = { ending: 'failed', reason: 'killed' };
  expect(await run(failed)).toEqual({ begun: 2, endings: ['failed', 'failed'] });
  expect(await run('interrupted')).toEqual({ begun: 2, endings: [undefined, undefined] });
  const diverged: Ended = { ending: 'diverged', reason: 'NaN' };
  expect(await run(diverged)).toEqual({ begun: 2, endings: ['diverged', 'diverged'] });
  expect(await run(failed)).toEqual({ begun: 0, endings: ['diverged', 'diverged'] });
});
