/** The trials of a comparison, of which only those are done that have no outcome yet, wherever that is. */
import type { Journal } from './journal.ts';
import type { TrialOutcome } from './outcome.ts';
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
export interface Runner {
  readonly journal: Journal;
  /** Does trials, as far as it can, and hands each to `ended` as it comes to an end. */
  perform(trials: readonly Trial[], ended: (trial: Trial, outcome: TrialOutcome) => void): Promise<void>;
  tell(event: TrialEvent): void;
}

/** What came of trials. */
export type Outcomes = ReadonlyMap<string, TrialOutcome>;

/** Has every trial done that has no outcome, and returns the outcomes there are then, by the trials' ids. */
export async function runTrials(
  trials: readonly Trial[],
  { journal, perform, tell }: Runner,
): Promise<Outcomes> {
  const outcomes = new Map<string, TrialOutcome>();
  const end = (trial: Trial, outcome: TrialOutcome, known: boolean) => {
    outcomes.set(trial.id, outcome);
    tell({ kind: 'ended', trial, outcome, known });
  };
  const left: Trial[] = [];
  for (const trial of new Map(trials.map((one) => [one.id, one])).values()) {
    const outcome = journal.outcomeOf(trial);
    if (outcome) end(trial, outcome, true);
    else left.push(trial);
  }
  if (left.length > 0) await perform(left, (trial, outcome) => end(trial, outcome, false));
  return outcomes;
}
