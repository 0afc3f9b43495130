/** How a comparison tells where it is: a line for each trial that ends, and on a terminal how many are left and how long. */
import type { TrialOutcome } from '../../compare/outcome.ts';
import type { TrialEvent } from '../../compare/run-trials.ts';
import type { Trial } from '../../compare/trial.ts';
import { duration, figure } from './progress.ts';
import { fitParts } from './progress-line.ts';
import type { Terminal } from './terminal.ts';

const LIVE_MS = 500;

/** Trials being watched. */
export interface TrialProgress {
  /** Says what is about to be tried. */
  expect(trials: readonly Trial[]): void;
  event(event: TrialEvent): void;
  stop(): void;
}

/** Begins to show progress. */
export function showTrials(terminal: Terminal, workers: number): TrialProgress {
  const state: Standing = { left: new Map(), running: new Map(), done: 0, seconds: [] };
  let total = 0;
  const tick = () => terminal.status(statusLine(state, total, workers, terminal.width));
  const timer = setInterval(tick, LIVE_MS);
  timer.unref();
  return {
    expect(trials) {
      state.done = 0;
      total = trials.length;
      state.left = new Map(trials.map((trial) => [trial.id, trial]));
    },
    event(event) {
      const { id } = event.trial;
      if (event.kind === 'began') {
        state.running.set(id, performance.now());
        if (event.resumed) terminal.note(`goes on: ${nameOf(event.trial)}`);
      } else state.running.delete(id);
      if (event.kind === 'interrupted') terminal.note(`saved: ${nameOf(event.trial)}`);
      if (event.kind !== 'ended') return;
      state.left.delete(id);
      state.done++;
      if (event.known) return;
      const { trial, outcome } = event;
      if (outcome.seconds !== null) state.seconds.push({ trial, seconds: outcome.seconds });
      terminal.note(`${state.done}/${total} ${nameOf(trial)}: ${outcomeText(outcome)}`);
    },
    stop: () => clearInterval(timer),
  };
}

/** Where a comparison stands. */
interface Standing {
  left: Map<string, Trial>;
  /** Since when. */
  readonly running: Map<string, number>;
  done: number;
  /** How long trials took that ended in this session. */
  readonly seconds: { readonly trial: Trial; readonly seconds: number }[];
}

function statusLine(
  state: Standing,
  total: number,
  workers: number,
  width = Number.POSITIVE_INFINITY,
): string {
  const left = secondsLeft(state, workers);
  const names = [...state.running.keys()]
    .map((id) => state.left.get(id))
    .flatMap((trial) => (trial ? nameOf(trial) : []));
  return fitParts(
    [
      { text: `${state.done}/${total} done`, rank: 0 },
      { text: `${state.running.size} running`, rank: 2 },
      { text: left === undefined ? '' : `about ${duration(left)} left`, rank: 1 },
      ...names.map((text, i) => ({ text, rank: 3 + i })),
    ],
    width - 1,
  );
}

/** What is left takes as long as the same cell took on the same task, or else as any did. */
function secondsLeft({ left, running, seconds }: Standing, workers: number): number | undefined {
  if (seconds.length === 0) return undefined;
  const mean = (of: typeof seconds) => of.reduce((sum, one) => sum + one.seconds, 0) / of.length;
  const usual = mean(seconds);
  const now = performance.now();
  const work = [...left.values()].map(({ id, task, cell }) => {
    const alike = seconds.filter(({ trial }) => trial.task === task && trial.cell === cell);
    const since = running.get(id);
    const spent = since === undefined ? 0 : (now - since) / 1000;
    return Math.max(0, (alike.length > 0 ? mean(alike) : usual) - spent);
  });
  return work.reduce((sum, one) => sum + one, 0) / Math.min(workers, Math.max(1, left.size));
}

/** `copy ntm seed 1001 rate 0.003`. */
function nameOf({ task, cell, seed, point }: Trial): string {
  return [`${task} ${cell} seed ${seed}`, ...pointText(point)].join(' ');
}

/** The values of a point, each by the last part of its name. */
export function pointText(point: Trial['point']): string[] {
  return Object.entries(point).map(([path, value]) => `${path.split('.').at(-1)} ${value}`);
}

/** What came of a trial, on a line. */
export function outcomeText(outcome: TrialOutcome): string {
  const { ending, reason, sequences, solvedAtSequences, seconds, measure, evaluations } = outcome;
  const time = seconds === null ? '' : `, ${duration(seconds)}`;
  if (ending === 'solved') return `solved after ${figure(solvedAtSequences!)} sequences${time}`;
  if (ending !== 'spent') return `${ending} after ${figure(sequences)} sequences: ${reason}`;
  const last = evaluations.at(-1)?.value;
  const value = last === undefined || last === null ? 'not evaluated' : `${figure(last)} ${measure}`;
  return `not solved after ${figure(sequences)} sequences, ${value}${time}`;
}
