/**
 * The compiled engine: model, loss and optimizer as one WebAssembly program. It does what the eager engine does, some
 * hundred times faster; what cannot be compiled is refused when the engine opens, and never run slowly in silence.
 */
import type {
  Batch,
  Engine,
  EvalResult,
  NamedArray,
  NamedArrays,
  StepResult,
  Tree,
  TreeOf,
} from '../core/contracts.ts';
import { elements } from '../core/shape.ts';
import * as tf from '../core/tf.ts';
import { leaves, mapTree, treeLike } from '../core/tree.ts';
import { type CompiledModel, compile, type Measured, type OnPass } from '../jit/index.ts';
import { checkBatch } from './batch-tensors.ts';
import { diverged, type OwnNumbers } from './diverged.ts';
import { checkArrays, type EngineOptions, freshParams, OPTIMIZER, PARAMS, STEP } from './engine.ts';
import { rowLosses } from './loss.ts';
import { type Noise, noiseOf } from './noise.ts';
import { type ThreadChoice, threadChoice } from './thread-choice.ts';

/** What the compiled engine can be told besides. */
export interface CompiledOptions extends EngineOptions {
  /** Fused multiply-add, which rounds once; left out, it is used where the engine has it. */
  readonly relaxed?: boolean;
  /** How many threads work on a batch; 1 when left out. The results are the same for any number. */
  readonly threads?: number;
  /** Takes `threads` as the most, and lets as many work as are fastest at the time, measured while training. */
  readonly adaptThreads?: boolean;
  /** Told what each pass of the compiler made, and how long it took. */
  readonly onPass?: OnPass;
}

/** An engine with the program that it runs: to read it as text, or to see what it spends where. */
export interface CompiledEngine extends Engine {
  /** For `print`, `printProgram`, `profile` and `wat` of `engram/jit`; the engine disposes of it. */
  readonly compiled: CompiledModel;
}

/**
 * Opens a compiled engine with fresh parameters.
 * @throws UsageError when the model has nothing to learn
 * @throws UnavailableError when `relaxed` is asked for and the JavaScript engine lacks it
 * @throws CompileError or UnsupportedKernelError when the model cannot be compiled
 */
export function compiledEngine(options: CompiledOptions): CompiledEngine {
  return new WasmEngine(options);
}

class WasmEngine implements CompiledEngine {
  readonly name = 'compiled';
  readonly backend = 'wasm';
  readonly parameterCount: number;
  readonly compiled: CompiledModel;
  readonly #options: CompiledOptions;
  readonly #noise: Noise;
  readonly #form: TreeOf<string>;
  readonly #shapes: Readonly<Record<string, readonly number[]>>;
  readonly #choice: ThreadChoice | undefined;
  #step = 0;

  constructor(options: CompiledOptions) {
    const params = freshParams(options);
    const named = leaves<tf.Tensor>(params);
    this.#options = options;
    this.#form = mapTree(params, (_, path) => path);
    this.#shapes = Object.fromEntries(named.map(([path, leaf]) => [path, leaf.shape]));
    this.#noise = noiseOf(options.model, options.initRng);
    const { loss, optimizer, relaxed, threads = 1, onPass } = options;
    try {
      this.compiled = compile(this.#noise.model, (logits, answers) => rowLosses(loss, logits, answers), {
        params,
        optimizer,
        threads,
        ...(relaxed === undefined ? {} : { relaxed }),
        ...(onPass && { onPass }),
      });
    } finally {
      tf.dispose(named.map(([, leaf]) => leaf));
    }
    this.parameterCount = this.compiled.parameterCount;
    this.#choice = options.adaptThreads && threads > 1 ? threadChoice(threads) : undefined;
  }

  trainStep(given: Batch): StepResult {
    checkBatch(this.#options.model, given);
    const batch = this.#noise.training(given, this.#step + 1);
    const measured = this.#measure(batch);
    const { loss, gradientNorm } = measured;
    if (!Number.isFinite(loss + gradientNorm)) throw this.#failure(batch, measured, {});
    if (!this.compiled.update(this.#step + 1)) throw this.#failure(batch, measured, this.compiled.refused);
    this.#step++;
    return { lossNats: loss, gradientNorm };
  }

  /** Loss and gradient, by as many threads as are fastest. */
  #measure(batch: Batch): Measured {
    if (!this.#choice) return this.compiled.measure(batch);
    this.compiled.working = this.#choice.next();
    const startMs = performance.now();
    const measured = this.compiled.measure(batch);
    this.#choice.tell((performance.now() - startMs) / (batch.length * batch.batchSize));
    return measured;
  }

  evaluate(batch: Batch, probe = false): EvalResult {
    checkBatch(this.#options.model, batch);
    return this.compiled.evaluate(this.#noise.evaluation(batch), probe);
  }

  save(): NamedArrays {
    const flat = this.compiled.params;
    let offset = 0;
    const params = Object.entries(this.#shapes).map(([path, shape]): [string, NamedArray] => {
      const data = flat.slice(offset, offset + elements(shape));
      offset += data.length;
      return [PARAMS + path, { shape, data }];
    });
    const state = Object.entries(this.compiled.optimizerState).map(([name, data]): [string, NamedArray] => [
      OPTIMIZER + name,
      { shape: [this.parameterCount], data },
    ]);
    return Object.fromEntries([
      ...params,
      ...state,
      [STEP, { shape: [], data: Float32Array.of(this.#step) }],
    ]);
  }

  load(arrays: NamedArrays): void {
    const own = Object.entries(this.save()).map(([name, { shape }]) => [name, shape] as const);
    checkArrays(Object.fromEntries(own), arrays);
    const flat = new Float32Array(this.parameterCount);
    let offset = 0;
    for (const path of Object.keys(this.#shapes)) {
      const { data } = arrays[PARAMS + path]!;
      flat.set(data, offset);
      offset += data.length;
    }
    this.compiled.params = flat;
    const step = arrays[STEP]?.data[0];
    const state = Object.keys(this.compiled.optimizerState).map((name) => [
      name,
      step === undefined ? new Float32Array(this.parameterCount) : arrays[OPTIMIZER + name]!.data,
    ]);
    this.compiled.optimizerState = Object.fromEntries(state);
    this.#step = step ?? 0;
  }

  dispose(): void {
    this.compiled.dispose();
  }

  /** What went wrong first: the program's own numbers, and the states of an eager pass forward. */
  #failure(batch: Batch, { loss: lossNats, gradientNorm }: Measured, updated: OwnNumbers['updated']): Error {
    const { loss } = this.#options;
    const { model } = this.#noise;
    const { gradient } = this.compiled;
    const { logits } = this.compiled.evaluate(batch);
    return tf.tidy(() => {
      const tensors = Object.entries(this.save())
        .filter(([name]) => name.startsWith(PARAMS))
        .map(([, { shape, data }]) => tf.tensor(data, [...shape]));
      const params = treeLike(this.#form, tensors) as Tree;
      const own = { lossNats, gradientNorm, logits, gradient, updated };
      return diverged({ model, loss, params, batch, own }) as unknown as tf.TensorContainer;
    }) as unknown as Error;
  }
}
