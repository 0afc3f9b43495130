/** How each kind of loss is told: the measure in which a task's reference lines are, and the share that is wrong. */
import type { LossKind, Scores, Task } from './contracts.ts';

/** A number that scores hold, by the name a person reads. */
export interface NamedScore {
  readonly name: string;
  of(scores: Scores): number | undefined;
}

/** How the scores of one kind of loss are told. */
export interface LossTelling {
  /** What reference lines and learning curves are in. */
  readonly measure: NamedScore;
  /** Whether the measure is drawn on a logarithmic axis. */
  readonly log: boolean;
  /** Percent of all answers that are wrong. */
  readonly wrong: NamedScore;
  /** Percent that are wrong by guessing; undefined where it is the chance line that says so. */
  readonly wrongByChance?: number;
}

/** By kind of loss. */
export const lossKinds: Readonly<Record<LossKind, LossTelling>> = {
  bits: {
    measure: { name: 'bits per sequence', of: ({ bitsPerSequence }) => bitsPerSequence },
    log: true,
    wrong: { name: '% of bits wrong', of: ({ wrongBitsPercent }) => wrongBitsPercent },
    wrongByChance: 50,
  },
  symbol: {
    measure: { name: '% of answers wrong', of: ({ errorPercent }) => errorPercent },
    log: false,
    wrong: { name: '% of answers wrong', of: ({ errorPercent }) => errorPercent },
  },
  value: {
    measure: { name: 'mean squared error', of: ({ squaredError }) => squaredError },
    log: true,
    wrong: { name: '% of values wrong', of: ({ errorPercent }) => errorPercent },
    wrongByChance: 100,
  },
};

/** Whether lines of a task of this kind are in bits per sequence, in which the loss and `solvedBits` are. */
export function toldInBits(loss: LossKind): boolean {
  return loss === 'bits';
}

/** The bits per sequence below which a task of these settings is solved. */
export function solvedBelow<C>(task: Pick<Task<C>, 'loss' | 'solvedBits' | 'lines'>, settings: C): number {
  const { optimum = 0, optimumBits = toldInBits(task.loss) ? optimum : 0 } = task.lines(settings);
  return task.solvedBits + optimumBits;
}
