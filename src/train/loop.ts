/**
 * Training as a stream of events: the terminal prints them, the run's folder stores them, the page draws them.
 * The loop has no clock in its numbers and keeps everything it knows in `LoopState`, so a run that goes on from a
 * checkpoint yields the events of one that never stopped.
 */
import { z } from 'zod';
import type { Batch, Engine, NamedArrays, Scores, StepResult, Task } from '../core/contracts.ts';
import { DivergedError } from '../core/errors.ts';
import { allFinite } from '../core/finite.ts';
import { solvedBelow } from '../core/loss-kinds.ts';
import { type Rng, resumeRng, rng } from '../core/rng.ts';
import type { Config } from './config.ts';
import { evaluationSet, scores, type Tally, tally } from './evaluate.ts';

const count = z.int().min(0);
const point = z.strictObject({ sequences: count, steps: count });
const real = z.number();

/** The shape of an evaluation's scores in a file. */
export const scoresSchema = z.strictObject({
  sequences: count,
  bitsPerSequence: real,
  bitErrorsPerSequence: z.exactOptional(real),
  wrongBitsPercent: z.exactOptional(real),
  exactAccuracy: real,
  accuracy: z.exactOptional(real),
  errorPercent: z.exactOptional(real),
  squaredError: z.exactOptional(real),
});

/** The shape of `LoopState` in a file. */
export const loopStateSchema = z.strictObject({
  step: count,
  sequences: count,
  /** Where the stream of training data stands. */
  data: z.strictObject({ c: real, s0: real, s1: real, s2: real }),
  /** Sums since the last `step` event. */
  window: z.strictObject({ steps: count, nats: real, gradientNorm: real }),
  /** The last evaluation. */
  evaluated: z
    .strictObject({
      step: count,
      scores: scoresSchema,
    })
    .nullable(),
  /** Evaluations in a row below the task's threshold, and the first of them. */
  streak: z.strictObject({ length: count, first: point.nullable() }),
  solved: point.nullable(),
  best: z.strictObject({ bitsPerSequence: real, step: count }).nullable(),
  /** How many `step` and `evaluation` events there have been: lines of a run's metrics that belong to this state. */
  events: count,
  /** Where the last checkpoint was taken. */
  saved: z.strictObject({ step: count, events: count }).nullable(),
  /** Time spent in training so far, over all sessions. */
  wallSeconds: real.min(0),
});

/** Everything the loop knows between two steps, fit for JSON. */
export type LoopState = z.infer<typeof loopStateSchema>;

/** How far training had come when the task was solved: at the first of the evaluations that prove it. */
export type Solved = NonNullable<LoopState['solved']>;

/** The part of a run's configuration that the loop reads. */
export type LoopConfig = Pick<
  Config,
  'batchSize' | 'seed' | 'budget' | 'evaluation' | 'checkpoint' | 'logEverySteps'
>;

/** What `train` is given. */
export interface TrainOptions<C> {
  readonly task: Task<C>;
  readonly settings: C;
  /** With the parameters that belong to `state`. */
  readonly engine: Engine;
  readonly config: LoopConfig;
  /** Where to go on from; left out, training begins. */
  readonly state?: LoopState | undefined;
  /** Stops training between two steps, after a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /** A clock in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** Means over the steps since the last such event. */
export interface StepEvent {
  readonly kind: 'step';
  readonly step: number;
  readonly sequences: number;
  readonly bitsPerSequence: number;
  /** Before clipping. */
  readonly gradientNorm: number;
}

/** Scores over the fixed evaluation set. */
export interface EvaluationEvent {
  readonly kind: 'evaluation';
  readonly step: number;
  readonly sequences: number;
  readonly scores: Scores;
  readonly solved: Solved | null;
}

/** Everything a run needs to go on from here. */
export interface CheckpointEvent {
  readonly kind: 'checkpoint';
  readonly step: number;
  readonly arrays: NamedArrays;
  readonly state: LoopState;
  /** Whether the evaluation at this step was the best so far. */
  readonly best: boolean;
}

/** Why training ended. */
export type DoneReason = 'solved' | 'steps' | 'sequences' | 'time' | 'interrupted';

/** The last event. */
export interface DoneEvent {
  readonly kind: 'done';
  readonly reason: DoneReason;
  readonly step: number;
  readonly sequences: number;
  readonly solved: Solved | null;
  /** The last evaluation's, null when there was none. */
  readonly scores: Scores | null;
  readonly best: LoopState['best'];
  readonly wallSeconds: number;
}

/** What training tells, in the order it happens. */
export type TrainEvent = StepEvent | EvaluationEvent | CheckpointEvent | DoneEvent;

/** Evaluations in a row that must be below the threshold. */
const PROOF = 3;
/** The longest the loop keeps the event loop from signals, timers and a page's drawing. */
const BREATH_MS = 30;

/** The state before the first step. */
export function freshState(seed: number): LoopState {
  return {
    step: 0,
    sequences: 0,
    data: rng(seed, 'data').state(),
    window: { steps: 0, nats: 0, gradientNorm: 0 },
    evaluated: null,
    streak: { length: 0, first: null },
    solved: null,
    best: null,
    events: 0,
    saved: null,
    wallSeconds: 0,
  };
}

/**
 * Trains until the budget is spent, the task is solved (if that is asked for) or the signal comes. At each step the
 * events come in one order: `step`, `evaluation`, `checkpoint`. The last evaluation and checkpoint are of the last
 * step; an interrupted run skips the evaluation.
 * @throws DivergedError naming the step, the tensor and the last good checkpoint
 */
export async function* train<C>(options: TrainOptions<C>): AsyncGenerator<TrainEvent, void, void> {
  yield* new Loop(options).run();
}

class Loop<C> {
  readonly #options: TrainOptions<C>;
  readonly #now: () => number;
  readonly #data: Rng;
  readonly #evaluationSet: readonly Batch[];
  readonly #solvedBelow: number;
  readonly #startMs: number;
  readonly #earlierSeconds: number;
  #breathMs: number;
  #state: LoopState;

  constructor(options: TrainOptions<C>) {
    const { task, settings, config } = options;
    this.#options = options;
    this.#state = options.state ?? freshState(config.seed);
    this.#data = resumeRng(this.#state.data);
    this.#evaluationSet = [...evaluationSet(task, settings, { ...config.evaluation, seed: config.seed })];
    this.#solvedBelow = solvedBelow(task, settings);
    this.#now = options.now ?? (() => performance.now());
    this.#startMs = this.#now();
    this.#breathMs = this.#startMs;
    this.#earlierSeconds = this.#state.wallSeconds;
  }

  async *run(): AsyncGenerator<TrainEvent, void, void> {
    for (;;) {
      yield* this.#due();
      const reason = this.#endReason();
      if (reason !== undefined) {
        yield* this.#finish(reason);
        return;
      }
      this.#step();
      await this.#breathe();
    }
  }

  /** The events of the step the state is at. What was already done for it, in this session or before, is not redone. */
  async *#due(): AsyncGenerator<TrainEvent, void, void> {
    const { evaluation, checkpoint, logEverySteps } = this.#options.config;
    if (this.#state.window.steps > 0 && this.#state.step % logEverySteps === 0) yield this.#closeWindow();
    if (this.#state.step > 0 && this.#state.step % evaluation.everySteps === 0) yield* this.#evaluate();
    if (this.#interrupted()) return;
    if (this.#state.step % checkpoint.everySteps === 0 || this.#isBest()) yield* this.#checkpoint();
  }

  async *#finish(reason: DoneReason): AsyncGenerator<TrainEvent, void, void> {
    if (reason !== 'interrupted') yield* this.#evaluate();
    yield* this.#checkpoint();
    const { step, sequences, solved, best, evaluated } = this.#state;
    const wallSeconds = this.#wallSeconds();
    yield {
      kind: 'done',
      reason,
      step,
      sequences,
      solved,
      scores: evaluated?.scores ?? null,
      best,
      wallSeconds,
    };
  }

  #endReason(): DoneReason | undefined {
    const { budget } = this.#options.config;
    const { step, sequences, solved } = this.#state;
    if (this.#interrupted()) return 'interrupted';
    if (budget.untilSolved && solved) return 'solved';
    if (step >= (budget.steps ?? Number.POSITIVE_INFINITY)) return 'steps';
    if (sequences >= (budget.sequences ?? Number.POSITIVE_INFINITY)) return 'sequences';
    if (this.#wallSeconds() >= (budget.maxTimeSeconds ?? Number.POSITIVE_INFINITY)) return 'time';
    return undefined;
  }

  #step(): void {
    const { task, settings, config } = this.#options;
    const batch = task.sample(settings, this.#data, config.batchSize);
    const { trainMask = batch.mask } = batch;
    const { lossNats, gradientNorm } = this.#trainStep({ ...batch, mask: trainMask });
    const { window, step, sequences } = this.#state;
    this.#state = {
      ...this.#state,
      step: step + 1,
      sequences: sequences + config.batchSize,
      data: this.#data.state(),
      window: {
        steps: window.steps + 1,
        nats: window.nats + lossNats,
        gradientNorm: window.gradientNorm + gradientNorm,
      },
    };
  }

  #closeWindow(): StepEvent {
    const { step, sequences, window } = this.#state;
    this.#state = {
      ...this.#state,
      window: { steps: 0, nats: 0, gradientNorm: 0 },
      events: this.#state.events + 1,
    };
    const bitsPerSequence = window.nats / Math.LN2 / window.steps;
    return {
      kind: 'step',
      step,
      sequences,
      bitsPerSequence,
      gradientNorm: window.gradientNorm / window.steps,
    };
  }

  /** Evaluates unless this step has been; a signal drops what is not finished, and the resumed run does it again. */
  async *#evaluate(): AsyncGenerator<EvaluationEvent, void, void> {
    const { engine, task } = this.#options;
    if (this.#state.evaluated?.step === this.#state.step) return;
    const tallies: Tally[] = [];
    for (const batch of this.#evaluationSet) {
      tallies.push(tally(task.loss, batch, engine.evaluate(batch).logits));
      await this.#breathe();
      if (this.#interrupted()) return;
    }
    const found = scores(task.loss, tallies);
    if (!Number.isFinite(found.bitsPerSequence))
      throw this.#diverged(
        `evaluation: expected finite logits, got a loss of ${found.bitsPerSequence} bits; lower optimizer.rate`,
      );
    this.#state = scored(this.#state, found, this.#solvedBelow);
    const { step, sequences, solved } = this.#state;
    yield { kind: 'evaluation', step, sequences, scores: found, solved };
  }

  *#checkpoint(): Generator<CheckpointEvent, void, void> {
    const { step, events, saved } = this.#state;
    if (saved?.step === step && saved.events === events) return;
    const arrays = this.#options.engine.save();
    const bad = Object.entries(arrays).find(([, { data }]) => !allFinite(data));
    if (bad)
      throw this.#diverged(`${bad[0]}: expected finite numbers, got NaN or infinity; lower optimizer.rate`);
    const best = this.#isBest();
    this.#state = { ...this.#state, saved: { step, events }, wallSeconds: this.#wallSeconds() };
    yield { kind: 'checkpoint', step, arrays, state: this.#state, best };
  }

  /** Whether the evaluation of this very step is the best there has been. */
  #isBest(): boolean {
    return this.#state.best?.step === this.#state.step;
  }

  #interrupted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  #wallSeconds(): number {
    return this.#earlierSeconds + (this.#now() - this.#startMs) / 1000;
  }

  /** Lets signals, timers and a page's drawing have their turn. */
  async #breathe(): Promise<void> {
    if (this.#now() - this.#breathMs < BREATH_MS) return;
    await new Promise((resume) => setTimeout(resume, 0));
    this.#breathMs = this.#now();
  }

  #trainStep(batch: Batch): StepResult {
    try {
      return this.#options.engine.trainStep(batch);
    } catch (error) {
      throw error instanceof DivergedError ? this.#diverged(error.message, error) : error;
    }
  }

  /** The error with the place in training and the way back. */
  #diverged(message: string, cause?: Error): DivergedError {
    const { step, saved } = this.#state;
    const way = saved ? `the last good checkpoint is of step ${saved.step}` : 'there is no checkpoint yet';
    return new DivergedError(`after step ${step}: ${message}; ${way}`, { cause });
  }
}

/** The state after an evaluation. */
function scored(state: LoopState, found: Scores, solvedBelow: number): LoopState {
  const { step, sequences, best } = state;
  const bits = found.bitsPerSequence;
  const first = state.streak.first ?? { sequences, steps: step };
  const streak = bits < solvedBelow ? { length: state.streak.length + 1, first } : { length: 0, first: null };
  return {
    ...state,
    evaluated: { step, scores: found },
    events: state.events + 1,
    streak,
    solved: state.solved ?? (streak.length >= PROOF ? streak.first : null),
    best: best === null || bits < best.bitsPerSequence ? { bitsPerSequence: bits, step } : best,
  };
}
