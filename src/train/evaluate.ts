/**
 * Scores over a fixed set of sequences: plain float64 arithmetic on what an engine gave, no tensors.
 * Cross-entropy in bits per sequence is the unit of Graves, Wayne and Danihelka 2014, section 4; beside it always what
 * the thresholded outputs got wrong, because a small cross-entropy can hide a wrong bit and the reverse.
 */
import type { Batch, Engine, LossKind, Scores, Task } from '../core/contracts.ts';
import { rng } from '../core/rng.ts';

/** Sums over sequences, from which `scores` makes means. */
export interface Tally {
  readonly sequences: number;
  readonly nats: number;
  /** Scored bits (`bits`), steps (`symbol`), or numbers (`value`). */
  readonly answers: number;
  /** How many of them were wrong. */
  readonly wrong: number;
  /** Sequences without a wrong answer. */
  readonly exact: number;
}

/** A number is right within this much: Hochreiter and Schmidhuber 1997, section 5.4. */
const NEAR = 0.04;

const nothing: Tally = { sequences: 0, nats: 0, answers: 0, wrong: 0, exact: 0 };

/** The fixed evaluation set of a seed: batches from the stream `evaluation`, the last one smaller where it must be. */
export function evaluationSet<C>(
  task: Task<C>,
  settings: C,
  options: { readonly seed: number; readonly sequences: number; readonly batchSize: number },
): Batch[] {
  const stream = rng(options.seed, 'evaluation');
  const batches: Batch[] = [];
  for (let left = options.sequences; left > 0; left -= options.batchSize)
    batches.push(task.sample(settings, stream, Math.min(left, options.batchSize)));
  return batches;
}

/** Scores of an engine over a set. */
export function evaluateSet(engine: Engine, loss: LossKind, batches: readonly Batch[]): Scores {
  return scores(
    loss,
    batches.map((batch) => tally(loss, batch, engine.evaluate(batch).logits)),
  );
}

/** What one batch's logits [T,B,O] add to the sums. */
export function tally(loss: LossKind, batch: Batch, logits: Float32Array): Tally {
  const answer = answers[loss];
  let sum = { ...nothing, sequences: batch.batchSize };
  for (let b = 0; b < batch.batchSize; b++) {
    const { nats, answers, wrong } = sequence(batch, b, (from) => answer(batch, logits, from));
    sum = {
      ...sum,
      nats: sum.nats + nats,
      answers: sum.answers + answers,
      wrong: sum.wrong + wrong,
      exact: sum.exact + (wrong === 0 ? 1 : 0),
    };
  }
  return sum;
}

/** Means over everything that was summed; accuracies are shares between 0 and 1, percents between 0 and 100. */
export function scores(loss: LossKind, tallies: readonly Tally[]): Scores {
  const total = tallies.reduce(
    (a, b) => ({
      sequences: a.sequences + b.sequences,
      nats: a.nats + b.nats,
      answers: a.answers + b.answers,
      wrong: a.wrong + b.wrong,
      exact: a.exact + b.exact,
    }),
    nothing,
  );
  const sequences = Math.max(total.sequences, 1);
  const wrongShare = total.wrong / Math.max(total.answers, 1);
  const common = {
    sequences: total.sequences,
    bitsPerSequence: total.nats / Math.LN2 / sequences,
    exactAccuracy: total.exact / sequences,
  };
  if (loss === 'bits')
    return { ...common, bitErrorsPerSequence: total.wrong / sequences, wrongBitsPercent: 100 * wrongShare };
  const shares = { accuracy: 1 - wrongShare, errorPercent: 100 * wrongShare };
  if (loss === 'symbol') return { ...common, ...shares };
  return { ...common, ...shares, squaredError: (2 * total.nats) / Math.max(total.answers, 1) };
}

/** One step's answers. */
type Answer = Pick<Tally, 'nats' | 'answers' | 'wrong'>;

/** Sums one sequence's scored steps; `answer` is given where a step's outputs begin. */
function sequence(batch: Batch, b: number, answer: (from: number) => Answer): Answer {
  const sum = { nats: 0, answers: 0, wrong: 0 };
  for (let t = 0; t < batch.length; t++) {
    const row = t * batch.batchSize + b;
    if (batch.mask[row] === 0) continue;
    const step = answer(row * batch.outputSize);
    sum.nats += step.nats;
    sum.answers += step.answers;
    sum.wrong += step.wrong;
  }
  return sum;
}

/** Independent sigmoids, each thresholded at one half. */
function bitsOfStep({ outputSize, targets }: Batch, logits: Float32Array, from: number): Answer {
  const sum = { nats: 0, answers: outputSize, wrong: 0 };
  for (let i = from; i < from + outputSize; i++) {
    const z = logits[i]!;
    const t = targets[i]!;
    sum.nats += t * softplus(-z) + (1 - t) * softplus(z);
    if (z > 0 !== t > 0.5) sum.wrong++;
  }
  return sum;
}

/** One softmax; right when the largest logit is the target's, the first of equals counting as the largest. */
function symbolOfStep({ outputSize, targets }: Batch, logits: Float32Array, from: number): Answer {
  const z = logits.subarray(from, from + outputSize);
  const target = targets.subarray(from, from + outputSize);
  const largest = z.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const logSum = largest + Math.log(z.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  const nats = target.reduce((sum, t, i) => sum + t * (logSum - z[i]!), 0);
  return { nats, answers: 1, wrong: z.indexOf(largest) === target.indexOf(1) ? 0 : 1 };
}

/** Numbers, each right when it is near. */
function valuesOfStep({ outputSize, targets }: Batch, outputs: Float32Array, from: number): Answer {
  const sum = { nats: 0, answers: outputSize, wrong: 0 };
  for (let i = from; i < from + outputSize; i++) {
    const error = outputs[i]! - targets[i]!;
    sum.nats += error ** 2 / 2;
    if (!(Math.abs(error) < NEAR)) sum.wrong++;
  }
  return sum;
}

const answers = { bits: bitsOfStep, symbol: symbolOfStep, value: valuesOfStep } as const;

function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}
