/** What is told of a run whose files were lost or changed, and that nothing is told of a whole one. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bestUsable,
  makeCheckpointFolder,
  newestUsable,
  saveCheckpoint,
} from '../../../src/runs/checkpoint.ts';
import { configHash } from '../../../src/runs/config-hash.ts';
import { openRun } from '../../../src/runs/folder.ts';
import { openMetrics } from '../../../src/runs/metrics.ts';
import { summarize } from '../../../src/runs/summary.ts';
import { freshState } from '../../../src/train/loop.ts';

const fixture = join(import.meta.dirname, '../../fixtures/run-0.1.0');
let run: string;
const at = (...names: string[]) => join(run, ...names);
const step = (number: number, file = '') => at('checkpoints', `step-${number}`, file);

/** Three checkpoints, the first of them the best, each with the evaluation of its own step. */
beforeEach(() => {
  run = fs.mkdtempSync(join(tmpdir(), 'engram-summary-'));
  for (const name of ['config.json', 'meta.json']) fs.copyFileSync(join(fixture, name), at(name));
  const hash = configHash(openRun(run).config);
  const log = openMetrics(run);
  makeCheckpointFolder(run);
  for (const number of [1, 2, 3]) {
    const scores = { sequences: 1, bitsPerSequence: number, exactAccuracy: 0 };
    log.append({ kind: 'evaluation', step: number, sequences: number, scores, solved: null });
    const state = {
      ...freshState(1),
      ...{ step: number, sequences: number, events: number, wallSeconds: number },
      evaluated: { step: number, scores },
      best: { step: 1, bitsPerSequence: 1 },
    };
    const arrays = { 'params.a': { shape: [2, number], data: new Float32Array(2 * number) } };
    saveCheckpoint(run, { arrays, state, configHash: hash, versions: {} }, { keep: 3 });
  }
  log.close();
});
afterEach(() => fs.rmSync(run, { recursive: true, force: true }));

function replace(file: string, from: string, to: string): void {
  fs.writeFileSync(file, fs.readFileSync(file, 'latin1').replace(from, to), 'latin1');
}

describe('a run', () => {
  it('that is whole is told by its newest checkpoint, and nothing else is said', () => {
    const { summary, problems } = summarize(run);
    expect(problems).toEqual([]);
    expect(summary).toMatchObject({ step: 3, parameters: 6, wallSeconds: 3, bestBitsPerSequence: 1 });
  });

  it.each<[string, () => void, RegExp]>([
    [
      'newest checkpoint is lost',
      () => fs.rmSync(step(3), { recursive: true }),
      /step-3: expected the newest checkpoint, got none/,
    ],
    [
      'best checkpoint is lost',
      () => fs.rmSync(step(1), { recursive: true }),
      /step-1: expected the best checkpoint, got none/,
    ],
    [
      'checkpoints are lost, and its pointer is damaged',
      () => {
        fs.rmSync(at('checkpoints'), { recursive: true });
        fs.writeFileSync(at('last'), 'noise');
      },
      /checkpoints: expected the checkpoint that was saved, got none/,
    ],
    [
      'newest checkpoint is called after another step',
      () => fs.renameSync(step(3), step(9)),
      /step-9\/state\.json: expected the state of step 9, got that of step 3/,
    ],
    [
      'newest weights are cut',
      () => fs.truncateSync(step(3, 'weights.safetensors'), 90),
      /weights\.safetensors: expected/,
    ],
    [
      'newest weights have another shape',
      () => replace(step(3, 'weights.safetensors'), '[2,3]', '[2,2]'),
      /weights\.safetensors: expected 16 bytes for "params\.a"/,
    ],
    [
      'newest state was changed',
      () => replace(step(3, 'state.json'), '"wallSeconds": 3', '"wallSeconds": 4'),
      /its own sha256/,
    ],
    [
      'configuration was changed',
      () => replace(at('config.json'), '"seed": 1', '"seed": 2'),
      /config\.json: expected the configuration of the checkpoints/,
    ],
    [
      'log is lost',
      () => fs.rmSync(at('metrics.jsonl')),
      /metrics\.jsonl: expected 3 lines up to step 3, got 0/,
    ],
    [
      'meta.json is none',
      () => fs.writeFileSync(at('meta.json'), '{}'),
      /meta\.json: expected what made the run/,
    ],
  ])('whose %s is told to be so', (_, damage, problem) => {
    damage();
    expect(summarize(run).problems).toContainEqual(expect.stringMatching(problem));
  });

  it('goes on, and is evaluated, with a word about a checkpoint that was lost', () => {
    fs.rmSync(step(1), { recursive: true });
    expect(bestUsable(run)).toMatchObject({
      checkpoint: { state: { step: 2 } },
      damaged: [expect.stringMatching(/step-1: expected the best checkpoint, got none/)],
    });
    fs.rmSync(step(3), { recursive: true });
    expect(newestUsable(run)).toMatchObject({
      checkpoint: { state: { step: 2 } },
      damaged: [expect.stringMatching(/step-3: expected the newest checkpoint, got none/)],
    });
    // From here on the newest is known to be another.
    expect(newestUsable(run).damaged).toEqual([]);
  });
});
