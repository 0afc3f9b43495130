/**
 * Where trials run, as whoever does them sees it: one is claimed, said to be alive while it trains, and finished with what
 * came of it. A list in this process answers to that, and a queue that many machines share.
 */
import type { TrialOutcome } from '../outcome.ts';
import type { Prepared } from '../trial.ts';

/** What hands out trials. */
export interface Place<T extends Prepared = Prepared> {
  /** How long apart it wants to hear of a trial; nothing where it does not. */
  readonly heartbeatMs?: number;
  /** A trial that nobody else works on; nothing when there is none left. */
  claim(): Promise<T | undefined>;
  /** Says that a trial is being worked on; false once it was given to another. */
  heartbeat(trial: T): Promise<boolean>;
  /** Hands in what came of a trial; nothing where it was interrupted. */
  finish(trial: T, outcome: TrialOutcome | undefined): Promise<void>;
}

/** Who works at a place. */
export interface Hands<T extends Prepared> {
  /** Trials at a time. */
  readonly count: number;
  readonly signal: AbortSignal;
  /** Trains a trial to its end; nothing where the signal came before. */
  perform(trial: T, signal: AbortSignal): Promise<TrialOutcome | undefined>;
}

/** Does what a place has, until it has nothing left or the signal comes. */
export async function work<T extends Prepared>(place: Place<T>, hands: Hands<T>): Promise<void> {
  const hand = async () => {
    while (!hands.signal.aborted) {
      const trial = await place.claim();
      if (!trial) return;
      await performClaimed(trial, place, hands);
    }
  };
  await Promise.all(Array.from({ length: hands.count }, hand));
}

/** A trial that was given to another meanwhile is saved and left to it. */
async function performClaimed<T extends Prepared>(
  trial: T,
  place: Place<T>,
  { signal, perform }: Hands<T>,
): Promise<void> {
  const lost = new AbortController();
  const beat = async () => {
    const kept = await place.heartbeat(trial);
    if (!kept) lost.abort();
  };
  const timer = place.heartbeatMs === undefined ? undefined : setInterval(beat, place.heartbeatMs);
  try {
    const outcome = await perform(trial, AbortSignal.any([signal, lost.signal]));
    if (!lost.signal.aborted) await place.finish(trial, outcome);
  } finally {
    clearInterval(timer);
  }
}
