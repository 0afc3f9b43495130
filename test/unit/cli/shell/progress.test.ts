import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ProgressOptions, showProgress } from '../../../../src/cli/shell/progress.ts';
import type { Terminal } from '../../../../src/cli/shell/terminal.ts';
import type { Engine } from '../../../../src/core/contracts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const engine = { trainStep: () => ({ lossNats: 99, gradientNorm: 1 }) } as unknown as Engine;
const scores = { sequences: 10, bitsPerSequence: 2, bitErrorsPerSequence: 1, exactAccuracy: 0.5 };
const stepEvent = (step: number, bitsPerSequence: number) =>
  ({ kind: 'step', step, sequences: 8 * step, bitsPerSequence, gradientNorm: 1 }) as const;
const evaluation = (step: number) =>
  ({ kind: 'evaluation', step, sequences: 8 * step, scores, solved: null }) as const;

/** Progress of 8 sequences a step, on a terminal that remembers. */
function show(options: Partial<ProgressOptions> & { live?: boolean; width?: number } = {}) {
  const { live = false, width, ...more } = options;
  const notes: string[] = [];
  const states: string[] = [];
  const terminal = {
    live,
    width,
    note: (text: string) => notes.push(text),
    status: (text: string) => states.push(text),
  } as unknown as Terminal;
  const budget = { steps: 1000, untilSolved: false };
  const progress = showProgress({ terminal, budget, batchSize: 8, step: 0, wallSeconds: 0, ...more });
  const watched = progress.watch(engine);
  /** So many steps, so long each. */
  const train = (steps: number, msEach: number) => {
    for (let i = 0; i < steps; i++) {
      vi.advanceTimersByTime(msEach);
      watched.trainStep({} as never);
    }
  };
  return { progress, train, notes, states };
}

describe('progress', () => {
  it('says the losses that are logged, each once, and never that of a single step', () => {
    const { progress, train, notes } = show();
    train(50, 10);
    progress.event(stepEvent(50, 7));
    progress.event(evaluation(50));
    train(10, 10);
    progress.event(evaluation(60));
    progress.stop();
    expect(notes).toEqual([
      'step 50, 400 sequences, 800/s, loss 7 bits, evaluation 2 bits, 1 wrong bits, 50 % exact, 10s left',
      'step 60, 480 sequences, 800/s, evaluation 2 bits, 1 wrong bits, 50 % exact, 9s left',
    ]);
  });

  it('tells the pace of late, not that of the whole run', () => {
    const { progress, train, notes } = show();
    train(100, 10);
    train(60, 1000);
    progress.event(evaluation(160));
    progress.stop();
    // 840 steps of a second each are left.
    expect(notes.at(-1)).toMatch(/^step 160, 1280 sequences, 8(\.\d+)?\/s, .* 1(3m|4m)\d\ds left$/);
  });

  it('goes on from where a run stopped', () => {
    const budget = { maxTimeSeconds: 100, untilSolved: true };
    const { progress, train, notes } = show({ step: 500, wallSeconds: 60, budget });
    train(10, 1000);
    progress.event(evaluation(510));
    progress.stop();
    expect(notes.at(-1)).toMatch(/^step 510, 4080 sequences, 8\/s, .* at most 30s left$/);
  });

  it('draws a live line that fits, without numbers of an earlier evaluation', () => {
    const { progress, train, states } = show({ live: true, width: 60 });
    train(250, 10);
    progress.event(stepEvent(250, 7));
    progress.event(evaluation(250));
    train(250, 10);
    progress.stop();
    expect(states.length).toBeGreaterThan(15);
    for (const line of states) expect(line.length).toBeLessThan(60);
    expect(states.at(-1)).toMatch(/^\[=+> +\] +\d+ % {2}step \d+, (79\d|800)\/s, loss 7 bits, .* left$/);
  });
});
