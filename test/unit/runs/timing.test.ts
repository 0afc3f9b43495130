import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/core/contracts.ts';
import * as tf from '../../../src/core/tf.ts';
import { cutTiming, openTiming, readTiming } from '../../../src/runs/timing.ts';
import { optimizerSchema } from '../../../src/train/config.ts';
import { freshState } from '../../../src/train/loop.ts';

let folder: string;
beforeEach(async () => {
  await tf.setBackend('cpu');
  folder = fs.mkdtempSync(join(tmpdir(), 'engram-timing-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const optimizer = optimizerSchema.parse({ name: 'sgd', rate: 0.5, warmupSteps: 10 });
const step = (at: number) =>
  ({ kind: 'step', step: at, sequences: 4 * at, bitsPerSequence: 1, gradientNorm: 1 }) as const;

describe('timing.jsonl', () => {
  it('has seconds over all sessions, the speed of training alone, and the learning rate', () => {
    const clock = { ms: 1000 };
    const state = { sequences: 40, wallSeconds: 100 };
    const log = openTiming({ folder, optimizer, state, now: () => clock.ms });
    const evaluate = () => {
      clock.ms += 5000;
      return { logits: new Float32Array() };
    };
    const engine = log.watch({ evaluate, name: 'slow' } as unknown as Engine);
    clock.ms += 2000;
    log.append(step(15));
    engine.evaluate({} as never);
    log.besides(() => {
      clock.ms += 3000;
    });
    clock.ms += 1000;
    log.append(step(20));
    log.close();
    expect(readTiming(folder)).toEqual([
      // 20 sequences in two seconds, then 20 in one, beside 8 seconds that were no training.
      { step: 15, seconds: 102, sequencesPerSecond: 10, learningRate: 0.5 },
      { step: 20, seconds: 111, sequencesPerSecond: 20, learningRate: 0.5 },
    ]);
  });

  it('tells the rate that the schedule gives', () => {
    const log = openTiming({ folder, optimizer, state: freshState(1) });
    for (const at of [1, 5, 10, 11]) log.append(step(at));
    log.close();
    const rates = readTiming(folder).map(({ learningRate }) => learningRate);
    [0.05, 0.25, 0.5, 0.5].forEach((rate, i) => {
      expect(rates[i]).toBeCloseTo(rate, 6);
    });
  });

  it('goes back to a checkpoint with the run', () => {
    const log = openTiming({ folder, optimizer, state: freshState(1) });
    for (const at of [5, 10, 15]) log.append(step(at));
    log.close();
    fs.appendFileSync(join(folder, 'timing.jsonl'), '{"step":2');
    cutTiming(folder, { ...freshState(1), step: 10 });
    expect(readTiming(folder).map((line) => line.step)).toEqual([5, 10]);
    cutTiming(folder, undefined);
    expect(readTiming(folder)).toEqual([]);
  });
});
