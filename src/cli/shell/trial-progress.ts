/**
 * How a comparison tells where it is: a line for each trial that ends, and on a terminal how many are done, running and
 * left, how long that takes, and what was best.
 */
import { bestOf, solvedAfter, type TrialOutcome } from '../../compare/outcome.ts';
import type { TrialEvent } from '../../compare/run-trials.ts';
import type { Trial } from '../../compare/trial.ts';
import { duration, figure } from './progress.ts';
import { fitParts } from './progress-line.ts';
import type { Terminal } from './terminal.ts';

const LIVE_MS = 500;

/** Trials being watched. */
export interface TrialProgress {
  /** Says what is about to be tried, and how many trials come after. */
  expect(trials: readonly Trial[], after: number): void;
  event(event: TrialEvent): void;
  stop(): void;
}

/** Begins to show progress. */
export function showTrials(terminal: Terminal, workers: number): TrialProgress {
  const state: Standing = { left: new Map(), running: new Map(), done: 0, after: 0, ended: [] };
  const tick = () => terminal.status(statusLine(state, workers, terminal.width));
  const timer = setInterval(tick, LIVE_MS);
  timer.unref();
  return {
    expect(trials, after) {
      state.done = 0;
      state.after = after;
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
      const { trial, outcome } = event;
      state.ended.push({ trial, outcome });
      if (event.known) return;
      terminal.note(
        `${state.done}/${state.done + state.left.size} ${nameOf(trial)}: ${outcomeText(outcome)}`,
      );
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
  /** How many trials come when these are done. */
  after: number;
  /** In the order in which they ended, those of earlier sessions and of the search among them. */
  readonly ended: { readonly trial: Trial; readonly outcome: TrialOutcome }[];
}

function statusLine(state: Standing, workers: number, width = Number.POSITIVE_INFINITY): string {
  const { left, running, done, after } = state;
  const seconds = secondsLeft(state, workers);
  const names = [...running.keys()]
    .map((id) => left.get(id))
    .flatMap((trial) => (trial ? nameOf(trial) : []));
  return fitParts(
    [
      { text: `${done}/${done + left.size} done`, rank: 0 },
      { text: `${running.size} running`, rank: 2 },
      { text: after === 0 ? '' : `${after} after that`, rank: 4 },
      { text: seconds === undefined ? '' : `about ${duration(seconds)} left`, rank: 1 },
      { text: bestSoFar(state), rank: 3 },
      ...names.map((text, i) => ({ text, rank: 5 + i })),
    ],
    width - 1,
  );
}

/** What is left takes as long as the same cell took on the same task, or else as any did. */
function secondsLeft({ left, running, ended, after }: Standing, workers: number): number | undefined {
  const timed = ended.filter(({ outcome }) => outcome.seconds !== null);
  if (timed.length === 0) return undefined;
  const mean = (of: typeof timed) => of.reduce((sum, { outcome }) => sum + outcome.seconds!, 0) / of.length;
  const usual = mean(timed);
  const now = performance.now();
  const work = [...left.values()].map(({ id, task, cell }) => {
    const alike = timed.filter(({ trial }) => trial.task === task && trial.cell === cell);
    const since = running.get(id);
    const spent = since === undefined ? 0 : (now - since) / 1000;
    return Math.max(0, (alike.length > 0 ? mean(alike) : usual) - spent);
  });
  const total = work.reduce((sum, one) => sum + one, 0) + after * usual;
  // The longest of those left bounds it, however many workers there are.
  return Math.max(total / Math.min(workers, Math.max(1, left.size + after)), ...work);
}

/** The best trial on the task of the last that ended: solved after the fewest sequences, or else with the best value. */
function bestSoFar({ ended }: Standing): string {
  const task = ended.at(-1)?.trial.task;
  const [best] = ended
    .filter(({ trial, outcome }) => trial.task === task && Number.isFinite(bestOf(outcome)))
    .toSorted(({ outcome: a }, { outcome: b }) => {
      const [first, second] = [solvedAfter(a), solvedAfter(b)];
      return first === second ? bestOf(a) - bestOf(b) : first - second;
    });
  if (best === undefined) return '';
  const { trial, outcome } = best;
  const after = solvedAfter(outcome);
  const how = Number.isFinite(after)
    ? `solved after ${figure(after)} sequences`
    : `${figure(bestOf(outcome))} ${outcome.measure}`;
  return `best ${nameOf(trial)}: ${how}`;
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
