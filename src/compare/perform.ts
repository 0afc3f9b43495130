/** One trial, begun or resumed in a process of its own, and what came of it, kept. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Registry } from '../registry.ts';
import { isLocked } from '../runs/lock.ts';
import type { Journal } from './journal.ts';
import { readOutcome, type TrialOutcome } from './outcome.ts';
import type { Ended } from './places/process.ts';
import type { Prepared } from './trial.ts';

/** What a trial is performed with. */
export interface Performance {
  readonly journal: Journal;
  readonly signal: AbortSignal;
  /** What its task is looked up in. */
  readonly known: Registry;
  /** Trains a command line to its end. */
  run(argv: readonly string[], signal: AbortSignal): Promise<Ended>;
  /** Told when it begins, or goes on. */
  began(resumed: boolean): void;
}

/**
 * Begins or resumes a trial, and keeps what came of it; nothing where it was interrupted. What failed is taken up once
 * more, where it is by then: its process may have been ended from outside, or have met one that a killed comparison had
 * left about to begin.
 */
export async function performTrial(
  trial: Prepared,
  performance: Performance,
): Promise<TrialOutcome | undefined> {
  const first = await attempt(trial, performance);
  return first?.ending === 'failed' ? attempt(trial, performance) : first;
}

async function attempt(
  trial: Prepared,
  { journal, signal, known, run, began }: Performance,
): Promise<TrialOutcome | undefined> {
  const path = journal.runOf(trial);
  const isFree = await untilUnlocked(path, signal);
  if (signal.aborted) return undefined;
  // What held it may have come to its end.
  const done = journal.outcomeOf(trial);
  if (done) return done;
  // Whoever holds it keeps what comes of it.
  const reason = `another process trains it in ${path}`;
  if (!isFree) return readOutcome(trial, path, known, { ending: 'failed', reason });
  const resumed = journal.isBegun(trial);
  began(resumed);
  const argv = resumed
    ? ['resume', path, '--json']
    : ['train', '--config', journal.settingsFile(trial), '--out', path, '--json'];
  const ended = await run(argv, signal);
  if (ended === 'interrupted') return undefined;
  const outcome = readOutcome(trial, path, known, ended === 'well' ? undefined : ended);
  journal.keep(outcome);
  return outcome;
}

/** The process of a trial whose comparison was killed saves and ends; how often and how long that is waited for. */
const PAUSE_MS = 200;
const LONGEST_WAIT_MS = 30_000;

/** Whether nobody holds a run, or does after a while. */
async function untilUnlocked(run: string, signal: AbortSignal): Promise<boolean> {
  for (let waited = 0; waited < LONGEST_WAIT_MS && !signal.aborted; waited += PAUSE_MS) {
    if (!isLocked(run)) return true;
    await pause(PAUSE_MS);
  }
  return false;
}
