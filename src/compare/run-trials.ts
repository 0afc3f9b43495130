/** A pool of workers that takes trials in their order, and does only what has no outcome yet. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Registry } from '../registry.ts';
import { isLocked } from '../runs/lock.ts';
import type { Journal } from './journal.ts';
import type { Ended } from './local.ts';
import { readOutcome, type TrialOutcome } from './outcome.ts';
import type { Trial } from './trial.ts';

/** Something that happened to a trial. */
export type TrialEvent =
  | { readonly kind: 'began'; readonly trial: Trial; readonly resumed: boolean }
  | { readonly kind: 'interrupted'; readonly trial: Trial }
  | {
      readonly kind: 'ended';
      readonly trial: Trial;
      readonly outcome: TrialOutcome;
      readonly known: boolean;
    };

/** Where trials run, and who is told. */
export interface Pool {
  readonly journal: Journal;
  readonly workers: number;
  readonly signal: AbortSignal;
  /** Trains a command line to its end. */
  run(argv: readonly string[], signal: AbortSignal): Promise<Ended>;
  /** What a trial's task is looked up in. */
  knownTo(trial: Trial): Registry;
  tell(event: TrialEvent): void;
}

/** What came of trials. */
export type Outcomes = ReadonlyMap<string, TrialOutcome>;

/**
 * Runs every trial that has no outcome, so many at a time, and returns those that have one by their ids: fewer than were
 * asked for where the signal came.
 */
export async function runTrials(trials: readonly Trial[], pool: Pool): Promise<Outcomes> {
  const outcomes = new Map<string, TrialOutcome>();
  const end = (trial: Trial, outcome: TrialOutcome, known: boolean) => {
    outcomes.set(trial.id, outcome);
    pool.tell({ kind: 'ended', trial, outcome, known });
  };
  const queue: Trial[] = [];
  for (const trial of new Map(trials.map((one) => [one.id, one])).values()) {
    const outcome = pool.journal.outcomeOf(trial);
    if (outcome) end(trial, outcome, true);
    else queue.push(trial);
  }
  const work = async () => {
    for (let trial = queue.shift(); trial && !pool.signal.aborted; trial = queue.shift()) {
      const outcome = await runTrial(trial, pool);
      if (outcome) end(trial, outcome, false);
      else pool.tell({ kind: 'interrupted', trial });
    }
  };
  await Promise.all(Array.from({ length: pool.workers }, work));
  return outcomes;
}

/** Begins or resumes a trial, and keeps what came of it; nothing where it was interrupted. */
async function runTrial(trial: Trial, pool: Pool): Promise<TrialOutcome | undefined> {
  const { journal } = pool;
  const resumed = journal.isBegun(trial);
  const run = journal.runOf(trial);
  await untilUnlocked(run, pool.signal);
  pool.tell({ kind: 'began', trial, resumed });
  const argv = resumed
    ? ['resume', run, '--json']
    : ['train', '--config', journal.settingsFile(trial), '--out', run, '--json'];
  const ended = await pool.run(argv, pool.signal);
  if (ended === 'interrupted') return undefined;
  const outcome = readOutcome(trial, run, pool.knownTo(trial), ended === 'well' ? undefined : ended);
  journal.keep(outcome);
  return outcome;
}

/** The process of a trial whose comparison was killed saves and ends; how often and how long that is waited for. */
const PAUSE_MS = 200;
const LONGEST_WAIT_MS = 30_000;

async function untilUnlocked(run: string, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < LONGEST_WAIT_MS && !signal.aborted && isLocked(run); waited += PAUSE_MS)
    await pause(PAUSE_MS);
}
