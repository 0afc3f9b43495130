/**
 * Scores over a fixed set of sequences: plain float64 arithmetic on what an engine gave, no tensors.
 * Cross-entropy in bits per sequence is the unit of Graves, Wayne and Danihelka 2014, section 4; beside it always what
 * the thresholded outputs got wrong, because a small cross-entropy can hide a wrong bit and the reverse.
 */
import type { Batch, Engine, LossKind, Scores, Task } from '../core/contracts.ts';
import { rng } from '../core/rng.ts';
import { regrouped } from './regroup.ts';

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

/** A set of sequences: those that a run is evaluated on, or more or fewer of the same. */
export interface EvaluationPlan {
  readonly seed: number;
  /** The set of a run has so many, drawn so many at a time; both are in its configuration. */
  readonly sequences: number;
  readonly batchSize: number;
  /** How many are wanted where that is not all of the run's set. */
  readonly wanted?: number;
}

/**
 * The fixed evaluation set of a seed: batches from the stream `evaluation`, the last one smaller where it must be. Where
 * more are wanted the set goes on with another of the kind, where fewer it ends earlier: what a sequence is depends on its
 * number, and not on how many there are or are computed at a time.
 */
export function* evaluationSet<C>(
  task: Task<C>,
  settings: C,
  plan: EvaluationPlan,
): Generator<Batch, void, void> {
  const stream = rng(plan.seed, 'evaluation');
  let left = plan.wanted ?? plan.sequences;
  for (const size of drawnSizes(plan)) {
    if (left <= 0) return;
    const batch = task.sample(settings, stream, size);
    yield left < size ? firstOf(batch, left) : batch;
    left -= size;
  }
}

/** How many sequences are drawn at a time, without end. */
function* drawnSizes({ sequences, batchSize }: EvaluationPlan): Generator<number, never, void> {
  for (;;) for (let left = sequences; left > 0; left -= batchSize) yield Math.min(left, batchSize);
}

function firstOf(batch: Batch, count: number): Batch {
  const [first] = regrouped([batch], count);
  return first!;
}

/**
 * Scores of an engine over a set, computed `batchSize` sequences at a time, or as they were drawn where it is left out.
 * They are summed up as they were drawn, so that sums round alike for any size.
 */
export function evaluateSet(
  engine: Engine,
  loss: LossKind,
  set: Iterable<Batch>,
  batchSize?: number,
): Scores {
  const sizes: number[] = [];
  const drawn = noted(set, sizes);
  const sums: Tally[] = [];
  let open: Tally[] = [];
  for (const batch of batchSize === undefined ? drawn : regrouped(drawn, batchSize))
    for (const one of tallies(loss, batch, engine.evaluate(batch).logits)) {
      open.push(one);
      if (open.length < sizes[sums.length]!) continue;
      sums.push(total(open));
      open = [];
    }
  return scores(loss, sums);
}

/** The batches, whose sizes are noted as they pass. */
function* noted(set: Iterable<Batch>, sizes: number[]): Generator<Batch, void, void> {
  for (const batch of set) {
    sizes.push(batch.batchSize);
    yield batch;
  }
}

/** What one batch's logits [T,B,O] add to the sums. */
export function tally(loss: LossKind, batch: Batch, logits: Float32Array): Tally {
  return total(tallies(loss, batch, logits));
}

/** The same of each sequence. */
function tallies(loss: LossKind, batch: Batch, logits: Float32Array): Tally[] {
  const answer = answers[loss];
  return Array.from({ length: batch.batchSize }, (_, b) => {
    const sums = sequence(batch, b, (from) => answer(batch, logits, from));
    return { sequences: 1, ...sums, exact: sums.wrong === 0 ? 1 : 0 };
  });
}

function total(parts: readonly Tally[]): Tally {
  return parts.reduce(
    (a, b) => ({
      sequences: a.sequences + b.sequences,
      nats: a.nats + b.nats,
      answers: a.answers + b.answers,
      wrong: a.wrong + b.wrong,
      exact: a.exact + b.exact,
    }),
    nothing,
  );
}

/** Means over everything that was summed; accuracies are shares between 0 and 1, percents between 0 and 100. */
export function scores(loss: LossKind, parts: readonly Tally[]): Scores {
  const all = total(parts);
  const sequences = Math.max(all.sequences, 1);
  const wrongShare = all.wrong / Math.max(all.answers, 1);
  const common = {
    sequences: all.sequences,
    bitsPerSequence: all.nats / Math.LN2 / sequences,
    exactAccuracy: all.exact / sequences,
  };
  if (loss === 'bits')
    return { ...common, bitErrorsPerSequence: all.wrong / sequences, wrongBitsPercent: 100 * wrongShare };
  const shares = { accuracy: 1 - wrongShare, errorPercent: 100 * wrongShare };
  if (loss === 'symbol') return { ...common, ...shares };
  return { ...common, ...shares, squaredError: (2 * all.nats) / Math.max(all.answers, 1) };
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
