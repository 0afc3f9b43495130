/**
 * A compiled model: parameters and optimizer in the program's memory, a training step as a call, evaluation in chunks that
 * fit. Batches are checked by the caller; what is refused here is what only the compiler knows.
 */
import type { Batch, NamedArray, NamedArrays } from '../../core/contracts.ts';
import { elements } from '../../core/shape.ts';
import type { ModelGraphs } from '../frontend/model.ts';
import { names } from '../ir/names.ts';
import { parameterLayout } from '../schedule/plan.ts';
import type { Program, TrainingProgram } from '../schedule/program.ts';
import { layOutMemory } from './layout.ts';
import { Runtime, type RuntimeOptions } from './runtime.ts';

/** Loss and gradient norm of a step, before anything was changed. */
export interface Measured {
  /** Sum of the loss of all rows divided by the batch size. */
  readonly loss: number;
  /** L2 norm of the gradient. */
  readonly gradientNorm: number;
}

/** Bytes that the sequences of a chunk may take in an evaluation; smaller chunks stay nearer to the cache. */
const CHUNK_BYTES = 2 ** 25;

/** The programs that a model is compiled to. */
export interface Programs {
  readonly training: TrainingProgram;
  /** Planned when it is first needed; with what the cell shows of each step if `probes`. */
  readonly evaluation: (probes: boolean) => Program;
}

/** A model that trains and evaluates as WebAssembly. */
export class CompiledModel {
  readonly graphs: ModelGraphs;
  readonly training: Runtime;
  private readonly stateNames: readonly string[];
  private readonly programs: Programs;
  private readonly options: RuntimeOptions;
  private readonly forward = new Map<boolean, Runtime>();

  constructor(graphs: ModelGraphs, programs: Programs, options: RuntimeOptions) {
    this.graphs = graphs;
    this.programs = programs;
    this.options = options;
    this.stateNames = programs.training.optimizerState;
    this.training = new Runtime(programs.training, options);
  }

  /** How many of its threads work from here on: from 1 to as many as it was compiled for. */
  set working(threads: number) {
    this.training.working = threads;
    for (const runtime of this.forward.values()) runtime.working = threads;
  }

  /** How many numbers are learned. */
  get parameterCount(): number {
    return this.graphs.params.reduce((sum, leaf) => sum + elements(leaf.shape), 0);
  }

  /** All parameters as one vector, in the order of the model's tree. */
  get params(): Float32Array {
    return this.unpack('params');
  }

  set params(values: Float32Array) {
    this.pack('params', values);
  }

  /** The optimizer's memory: vectors as long as the parameters, by name. */
  get optimizerState(): Readonly<Record<string, Float32Array>> {
    return Object.fromEntries(this.stateNames.map((name) => [name, this.unpack(names.optimizerState(name))]));
  }

  set optimizerState(state: Readonly<Record<string, Float32Array>>) {
    for (const name of this.stateNames) this.pack(names.optimizerState(name), state[name]!);
  }

  /** The gradient that `measure` found last, in the order of the parameters. */
  get gradient(): Float32Array {
    return this.unpack('gradient');
  }

  /**
   * Loss and gradient of a batch; parameters stay as they are.
   * @throws UsageError when the batch takes more than 4 GiB
   */
  measure(batch: Batch): Measured {
    const { training } = this;
    training.prepare(batch.batchSize, batch.length);
    training.bucketByLength(lengthsOf(batch));
    writeBatch(training, batch);
    training.run('prologue');
    training.runShards('shard');
    training.run('reduceShards');
    return {
      loss: training.fixed('lossSum')[0]! / batch.batchSize,
      gradientNorm: Math.sqrt(training.fixed('squaredNorm')[0]!),
    };
  }

  /**
   * Applies the optimizer to the gradient found last.
   * @param step counts from 1
   * @returns whether all new parameters are finite; if not, nothing has changed
   */
  update(step: number): boolean {
    const { training } = this;
    training.fixed('step')[0] = step;
    training.run('update');
    if (!Number.isFinite(training.fixed('nonFinite')[0]!)) return false;
    const learned = ['params', ...this.stateNames.map(names.optimizerState)];
    training.swapBuffers(learned.map((port) => [port, names.updated(port)] as const));
    return true;
  }

  /** What an `update` that gave false would have made: what the optimizer remembers, by `optimizer.name`, and `params`. */
  get refused(): Readonly<Record<string, Float32Array>> {
    const learned = [...this.stateNames.map(names.optimizerState), 'params'];
    return Object.fromEntries(learned.map((port) => [port, this.unpack(names.updated(port))]));
  }

  /** Logits [T,B,O], and what the cell shows of each step when asked. */
  evaluate(batch: Batch, probe = false): { readonly logits: Float32Array; readonly probes?: NamedArrays } {
    const runtime = this.forwardRuntime(probe);
    runtime.fixed('params').set(this.training.fixed('params'));
    const probes = probe ? this.graphs.probes : [];
    const wanted = ['logits', ...probes.map(({ name }) => name)];
    const results = new Map(wanted.map((name) => [name, emptyRows(runtime, name, batch)]));
    const size = largestChunk(runtime.program, batch);
    for (let first = 0; first < batch.batchSize; first += size) {
      const chunk = { first, of: batch.batchSize };
      runtime.prepare(Math.min(size, batch.batchSize - first), batch.length);
      // No later chunk is larger, so none needs more than what the first one does.
      if (first === 0) runtime.run('prologue');
      runtime.writeRows('input', batch.inputs, chunk);
      runtime.runShards('shard');
      for (const [name, { data }] of results) runtime.readRows(name, data, chunk);
    }
    const logits = results.get('logits')!.data;
    if (!probe) return { logits };
    return { logits, probes: Object.fromEntries(probes.map(({ name, path }) => [path, results.get(name)!])) };
  }

  /** Gives all memory back. */
  dispose(): void {
    this.training.dispose();
    for (const runtime of this.forward.values()) runtime.dispose();
  }

  /** A flat vector without the gaps between parameters. */
  private unpack(port: string): Float32Array {
    const own = this.training.fixed(port);
    const values = new Float32Array(this.parameterCount);
    this.eachParameter((from, to, count) => values.set(own.subarray(from, from + count), to));
    return values;
  }

  private pack(port: string, values: Float32Array): void {
    const own = this.training.fixed(port);
    this.eachParameter((to, from, count) => own.set(values.subarray(from, from + count), to));
  }

  private eachParameter(visit: (inMemory: number, outside: number, count: number) => void): void {
    const { places } = parameterLayout(this.graphs.params);
    let outside = 0;
    for (const { name, shape } of this.graphs.params) {
      const count = elements(shape);
      visit(places.get(name)!.offset, outside, count);
      outside += count;
    }
  }

  private forwardRuntime(probe: boolean): Runtime {
    const known = this.forward.get(probe);
    if (known) return known;
    const runtime = new Runtime(this.programs.evaluation(probe), this.options);
    runtime.working = this.training.working;
    this.forward.set(probe, runtime);
    return runtime;
  }
}

/** What a training step reads of a batch, which is prepared. */
export function writeBatch(training: Runtime, batch: Batch): void {
  training.writeRows('input', batch.inputs);
  training.writeRows('target', batch.targets);
  training.writeRows('mask', batch.mask);
  training.fixed('scale')[0] = 1 / batch.batchSize;
}

/** Steps of each sequence up to the last that counts in the loss: what a cell does later changes nothing. */
function lengthsOf({ mask, length, batchSize }: Batch): number[] {
  return Array.from({ length: batchSize }, (_, row) => {
    let steps = length;
    while (steps > 1 && mask[(steps - 1) * batchSize + row] === 0) steps--;
    return steps;
  });
}

function emptyRows(runtime: Runtime, name: string, { length, batchSize }: Batch): NamedArray {
  const shape = [length, batchSize, ...runtime.program.ports[name]!.shape];
  return { shape, data: new Float32Array(elements(shape)) };
}

/** How many sequences at a time stay within a chunk's bytes; what all sequences share does not count. */
function largestChunk(program: Program, { batchSize, length }: Batch): number {
  const shared = program.buffers.reduce((sum, { kind, size }) => sum + (kind === 'fixed' ? 4 * size : 0), 0);
  const bytesOf = (count: number) => layOutMemory(program, count, length).bytes - shared;
  let count = batchSize;
  while (count > 1 && bytesOf(count) > CHUNK_BYTES) count = Math.ceil(count / 2);
  return count;
}
