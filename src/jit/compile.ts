/**
 * The compiler, as a list to read aloud: a model is traced into graphs of its initial state, its step and its readout with
 * loss, each with its derivative and without the batch axis; the graphs are simplified, cut into what is computed once,
 * forward, backward and afterwards, fused into loop nests between matrix products, laid out in memory, and written as one
 * WebAssembly module.
 */
import type { Model, Transform, Tree } from '../core/contracts.ts';
import type * as tf from '../core/tf.ts';
import { leaves } from '../core/tree.ts';
import { type RowLosses, traceModel } from './frontend/model.ts';
import { CompiledModel } from './runtime/compiled-model.ts';
import { hasRelaxedSimd } from './runtime/runtime.ts';
import { planTraining } from './schedule/training.ts';

/** What is compiled along with a model. */
export interface CompileOptions {
  /** The model's parameters, for their names, shapes and first values. */
  readonly params: Tree;
  readonly optimizer: Transform;
  /** Fused multiply-add; where the engine has it when left out. Without it results agree across machines. */
  readonly relaxed?: boolean;
  /** How many threads work on a batch; 1 when left out. The results are the same for any number. */
  readonly threads?: number;
}

/**
 * Compiles a model and its loss: forward, backward and optimizer as one program, for any batch and any length.
 * @param losses the loss of each row of logits; the program takes their sum over time, mean over the batch
 * @throws CompileError when the model mixes examples, reads a value, or is no pure function
 * @throws UnsupportedKernelError when it uses a kernel that the compiler does not know
 */
export function compile(model: Model, losses: RowLosses, options: CompileOptions): CompiledModel {
  const { params, optimizer, relaxed = hasRelaxedSimd(), threads = 1 } = options;
  const graphs = traceModel(model, params, losses);
  const program = planTraining(graphs, optimizer);
  const compiled = new CompiledModel(graphs, program, { relaxed, threads });
  compiled.params = flatten(params);
  return compiled;
}

/** The leaves of a tree as one vector. */
function flatten(params: Tree): Float32Array {
  const parts = leaves<tf.Tensor>(params).map(([, leaf]) => leaf.dataSync() as Float32Array);
  const flat = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    flat.set(part, offset);
    offset += part.length;
  }
  return flat;
}
