import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Terminal } from '../../../../src/cli/shell/terminal.ts';
import { showTrials } from '../../../../src/cli/shell/trial-progress.ts';
import type { TrialOutcome } from '../../../../src/compare/outcome.ts';
import type { Trial } from '../../../../src/compare/trial.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const trialOf = (cell: string, seed: number) =>
  ({ id: `${cell}-${seed}`, task: 'copy', cell, seed, point: {} }) as unknown as Trial;
const outcomeOf = (seconds: number, best: number, solvedAtSequences: number | null = null) =>
  ({
    ending: solvedAtSequences === null ? 'spent' : 'solved',
    seconds,
    sequences: 1000,
    solvedAtSequences,
    measure: 'bits',
    evaluations: [{ sequences: 1000, value: best }],
  }) as unknown as TrialOutcome;

it('tells what is done, running and left, for how long, and what is best', () => {
  const shown: string[] = [];
  const terminal = { width: 200, status: (text: string) => shown.push(text), note: () => undefined };
  const progress = showTrials(terminal as unknown as Terminal, 2);
  const [a, b, c, d] = [1, 2, 3, 4].map((seed) => trialOf(seed < 3 ? 'lstm' : 'ntm', seed)) as [
    Trial,
    Trial,
    Trial,
    Trial,
  ];
  const line = () => {
    vi.advanceTimersByTime(500);
    return shown.at(-1);
  };
  progress.expect([a, b, c, d], 2);
  expect(line()).toMatch(/^0\/4 done.*0 running.*2 after that$/);
  progress.event({ kind: 'began', trial: a, resumed: false });
  progress.event({ kind: 'ended', trial: a, outcome: outcomeOf(60, 3), known: false });
  // Three left and two after that, a minute each, on two workers.
  expect(line()).toMatch(/^1\/4 done.*2m30s left.*best copy lstm seed 1: 3 bits/);
  progress.event({ kind: 'began', trial: b, resumed: false });
  vi.advanceTimersByTime(29_500);
  // Half of one of them is done.
  expect(line()).toMatch(/^1\/4 done.*1 running.*2m15s left/);
  progress.event({ kind: 'ended', trial: b, outcome: outcomeOf(60, 5), known: false });
  expect(line()).toMatch(/best copy lstm seed 1: 3/);
  progress.event({ kind: 'ended', trial: c, outcome: outcomeOf(300, 0.1, 700), known: true });
  // The other of its cell takes as long, whatever the workers; the mean of all is 140 s.
  expect(line()).toMatch(/^3\/4 done.*5m00s left.*best copy ntm seed 3: solved after 700 sequences/);
  progress.event({ kind: 'ended', trial: d, outcome: outcomeOf(300, 0.2, 900), known: false });
  progress.expect([], 0);
  expect(line()).toMatch(/^0\/0 done.*best copy ntm seed 3: solved after 700 sequences/);
  progress.stop();
});
