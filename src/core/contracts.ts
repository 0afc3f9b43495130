/**
 * Every interface that crosses a folder, and the letters that shapes are written in:
 *   B batch   T time steps   I input size   O output size   D cell output size   H controller size
 *   N slots   W slot width   R read heads   V write heads   S shift offsets
 * Sequences are time-major: [T,B,I]. Plain data only; nothing here runs.
 */
import type { ZodType } from 'zod';
import type { Rng } from './rng.ts';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from './tf.ts';

/** A nested structure of leaves: records and arrays all the way down. */
export type TreeOf<L> = L | readonly TreeOf<L>[] | { readonly [name: string]: TreeOf<L> };

/** A tree of tensors: parameters, a cell's state. */
export type Tree = TreeOf<Tensor>;

/** A tensor that has left the tensor library: its shape and its values, row-major. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Arrays by path (`cell.controller.kernel`): what a checkpoint stores. */
export type NamedArrays = Record<string, NamedArray>;

/** What one time step of a cell gives. */
export interface CellStep<S extends Tree> {
  /** [B,D] */
  readonly output: Tensor2D;
  readonly state: S;
  /** What a person may want to look at (read weights, usage, memory), each [B,...]; free when nobody looks. */
  readonly probe?: Readonly<Record<string, Tensor>>;
}

/** What a probe is, for whoever draws it; of a probe that has none, name and shape decide. */
export interface ProbeAbout {
  /** For a person: `hidden state h`; left out, the probe's own name in words. */
  readonly title?: string;
  /**
   * What each axis of one example at one step counts: `['head', 'slot']` for [B,R,N]. Vectors and matrices of several
   * heads or layers are drawn apart; what is left is lines or a map over time, or snapshots where two axes are left.
   */
  readonly axes: readonly string[];
  /** What each place of the last axis is called, where its number does not say it. */
  readonly labels?: readonly string[];
}

/** A recurrent cell: a pure description. No tensor is created before `init`. */
export interface Cell<P extends Tree = Tree, S extends Tree = Tree> {
  readonly name: string;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Memory slots the cell can address, where it has any. */
  readonly slots?: number;
  /** The most time steps its state can hold, where that is bounded; longer sequences are refused. */
  readonly maxLength?: number;
  /** What its probes are, by their names. */
  readonly probes?: Readonly<Record<string, ProbeAbout>>;
  /** Numbers that a step is given beside its input, for each example: uniform in [0,1) in training, 1 in evaluation. */
  readonly noiseSize?: number;
  /** Learned parameters. */
  init(rng: Rng): P;
  /** The state before the first step; may depend on learned parameters. */
  initialState(params: P, batchSize: number): S;
  /** One time step on `input` [B,I]; `noise` [B,noiseSize] is there where the cell asks for it. */
  step(params: P, state: S, input: Tensor2D, noise?: Tensor2D | undefined): CellStep<S>;
}

/** A cell with what turns its output into the task's output. */
export interface Model<P extends Tree = Tree, S extends Tree = Tree> extends Cell<P, S> {
  /** Size O of `readout`'s result; `outputSize` stays the size D of what `step` gives. */
  readonly readoutSize: number;
  /** Logits [n,O] for cell outputs [n,D]; n is any number of steps and examples together. */
  readout(params: P, outputs: Tensor2D): Tensor2D;
}

/** What a cell is built for. */
export interface CellSizes {
  readonly inputSize: number;
  /** The longest sequence, in time steps, that the cell will be shown. */
  readonly maxLength: number;
}

/** Part of a configuration: what a recipe sets, and nothing else. */
export interface Recipe {
  readonly task?: Readonly<Record<string, unknown>>;
  readonly cell?: Readonly<Record<string, unknown>>;
  readonly model?: Readonly<Record<string, number>>;
  readonly optimizer?: Readonly<Record<string, unknown>>;
  readonly batchSize?: number;
  readonly budget?: Readonly<Record<string, number>>;
  readonly evaluation?: Readonly<Record<string, number>>;
  readonly checkpoint?: Readonly<Record<string, number>>;
  readonly logEverySteps?: number;
}

/** A kind of cell: its name, its settings with defaults, and how to make one. */
export interface CellKind<C = unknown> {
  readonly name: string;
  /** Paper and section. */
  readonly source: string;
  /** One line for lists. */
  readonly summary: string;
  /** What it is good at, in a sentence or two, by a paper that is named or by what was measured: docs/learning.md. */
  readonly strengths?: string;
  /** What it fails at or costs, told alike. */
  readonly limits?: string;
  readonly settings: ZodType<C>;
  /** What to train it with where nothing else is said. */
  readonly recipe?: Recipe;
  /** @throws UsageError on settings that are each valid and cannot work together */
  create(settings: C, sizes: CellSizes): Cell;
}

/**
 * `bits`: independent sigmoids. `symbol`: one softmax, targets one-hot. `value`: outputs are the numbers themselves, with
 * half the squared error as loss: the code length, in nats, by a Gaussian of variance 1, above that of an exact answer.
 */
export type LossKind = 'bits' | 'symbol' | 'value';

/** A batch of sequences of differing lengths, padded with zeros to the longest. */
export interface Batch {
  readonly length: number;
  readonly batchSize: number;
  readonly inputSize: number;
  readonly outputSize: number;
  /** [T,B,I] */
  readonly inputs: Float32Array;
  /** [T,B,O] */
  readonly targets: Float32Array;
  /** [T,B], 1 where the output is scored and 0 elsewhere */
  readonly mask: Float32Array;
  /** [T,B], 1 where training learns from the output, where that is not the mask: next symbols that nobody asks for. */
  readonly trainMask?: Float32Array;
}

/** Reference lines in the task's measure: bits per sequence, percent of answers wrong, or mean squared error. */
export interface ReferenceLines {
  readonly chance: number;
  readonly noBinding?: number;
  readonly optimum?: number;
  /** The fewest bits per sequence that can be reached, where that is not 0 and the other lines are not in bits. */
  readonly optimumBits?: number;
}

/** What the channels of inputs and outputs are called, in their order. */
export interface ChannelNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A synthetic task: numbers only. */
export interface Task<C = unknown> {
  readonly name: string;
  /** Paper and section. */
  readonly source: string;
  /** One line for lists. */
  readonly summary: string;
  readonly loss: LossKind;
  /** Solved less than this many bits per sequence above the optimum, on the fixed evaluation set, three evaluations in a row. */
  readonly solvedBits: number;
  /** The training distribution, with defaults. */
  readonly settings: ZodType<C>;
  /** What to train on it with where nothing else is said. */
  readonly recipe?: Recipe;
  /** `maxLength` is the most time steps a sequence of these settings can take. */
  sizes(settings: C): CellSizes & { readonly outputSize: number };
  /** The most vectors that a sequence of these settings asks to be remembered at once. */
  load(settings: C): number;
  /** What each channel stands for, where channels are symbols: pictures are labeled with them. */
  symbols?(settings: C): ChannelNames;
  sample(settings: C, rng: Rng, batchSize: number): Batch;
  /** The generalization grid, by a name a person reads (`length 40`). */
  harder(settings: C): Record<string, C>;
  lines(settings: C): ReferenceLines;
}

/** What an optimizer remembers: flat vectors by name, each as long as the parameters. */
export type OptimizerState = Readonly<Record<string, Tensor1D>>;

/**
 * A gradient transformation as two pure functions, in tensor operations only, over the flat vector of all parameters.
 * Clipping, schedules and optimizers are all of this kind; `chain` puts them in a row.
 */
export interface Transform {
  init(size: number): OptimizerState;
  /** `step` counts from 1. The result's `update` is added to the parameters. */
  update(
    gradient: Tensor1D,
    state: OptimizerState,
    context: { readonly params: Tensor1D; readonly step: Scalar },
  ): { readonly update: Tensor1D; readonly state: OptimizerState };
}

/** What one training step tells. */
export interface StepResult {
  /** Cross-entropy summed over a sequence's scored outputs, mean over the batch, in nats. */
  readonly lossNats: number;
  /** Global L2 norm of the gradient, before clipping. */
  readonly gradientNorm: number;
}

/** What one forward pass gives. */
export interface EvalResult {
  /** [T,B,O] */
  readonly logits: Float32Array;
  /** Per probe: shape [T,B,...]. Present when asked for. */
  readonly probes?: NamedArrays;
}

/** A model being trained: the two engines stand behind this one interface. */
export interface Engine {
  readonly name: 'eager' | 'compiled';
  /** `tensorflow`, `wasm`, `cpu` for eager; what runs the program for compiled. */
  readonly backend: string;
  /** How many numbers are learned. */
  readonly parameterCount: number;
  /** @throws DivergedError when the loss or a gradient is not finite; the parameters are left as they were */
  trainStep(batch: Batch): StepResult;
  evaluate(batch: Batch, probe?: boolean): EvalResult;
  /** Parameters under `params.`, the optimizer's state under `optimizer.`, with their paths. */
  save(): NamedArrays;
  /**
   * Takes over what `save` gave. Without any `optimizer.` array, as in a model that ships alone, the optimizer begins afresh.
   * @throws CheckpointError when a name is missing or unknown, or a shape differs
   */
  load(arrays: NamedArrays): void;
  dispose(): void;
}

/** Scores over a set of sequences; the fields that fit the task's loss are there, the others are not. */
export interface Scores {
  readonly sequences: number;
  readonly bitsPerSequence: number;
  readonly bitErrorsPerSequence?: number;
  readonly wrongBitsPercent?: number;
  readonly exactAccuracy: number;
  readonly accuracy?: number;
  readonly errorPercent?: number;
  /** Mean over all scored outputs. */
  readonly squaredError?: number;
}
