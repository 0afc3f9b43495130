/**
 * The compiler, as a list to read aloud: a model is traced into graphs of its initial state, its step and its readout with
 * loss, each with its derivative and without the batch axis; passes make each graph cheaper; a plan cuts them into what is
 * computed once, forward, backward and afterwards, fused into loop nests between matrix products, and lays them out in
 * memory; the program is written as one WebAssembly module.
 */
import type { Model, Transform, Tree } from '../core/contracts.ts';
import type * as tf from '../core/tf.ts';
import { leaves } from '../core/tree.ts';
import { type ModelGraphs, type RowLosses, traceModel } from './frontend/model.ts';
import { squaredNormGraph, traceOptimizer } from './frontend/optimizer.ts';
import { type Graph, withOutputs } from './ir/graph.ts';
import { names } from './ir/names.ts';
import { type OnPass, type Pass, runPasses } from './pass.ts';
import { materializeViews } from './passes/materialize-views.ts';
import { pushSlices } from './passes/push-slices.ts';
import { reassociate } from './passes/reassociate.ts';
import { simplify } from './passes/simplify/simplify.ts';
import { unrollAxes } from './passes/unroll-axes.ts';
import { CompiledModel } from './runtime/compiled-model.ts';
import { hasRelaxedSimd } from './runtime/runtime.ts';
import { planForward } from './schedule/forward.ts';
import { parameterLayout } from './schedule/plan.ts';
import type { Program, TrainingProgram } from './schedule/program.ts';
import { planTraining } from './schedule/training.ts';

/**
 * The passes over a graph, each run once, in this order. Before them are `trace`, `import` and `remove-batch-axis`, which
 * make a graph of a function; after them what depends on parameters alone is hoisted, and all is laid out (schedule/).
 */
export const passes: readonly Pass[] = [
  { name: 'simplify', run: simplify },
  { name: 'push-slices', run: pushSlices },
  { name: 'reassociate', run: reassociate },
  { name: 'unroll-axes', run: unrollAxes },
  { name: 'materialize-views', run: materializeViews },
];

/** The rest of what is compiled, and how. */
export interface CompileOptions {
  /** The model's parameters, for their names, shapes and first values. */
  readonly params: Tree;
  readonly optimizer: Transform;
  /** Fused multiply-add; where the engine has it when left out. Without it results agree across machines. */
  readonly relaxed?: boolean;
  /** How many threads work on a batch; 1 when left out. The results are the same for any number. */
  readonly threads?: number;
  /** Told what each pass made, and how long it took. */
  readonly onPass?: OnPass;
}

/**
 * Compiles a model and its loss: forward, backward and optimizer as one program, for any batch and any length.
 * @param losses the loss of each row of logits; the program takes their sum over time, mean over the batch
 * @throws CompileError when the model mixes examples, reads a value, or is no pure function
 * @throws UnsupportedKernelError when it uses a kernel that the compiler does not know
 */
export function compile(model: Model, losses: RowLosses, options: CompileOptions): CompiledModel {
  const { params, optimizer, relaxed = hasRelaxedSimd(), threads = 1, onPass } = options;
  const graphs = traceModel(model, params, losses, onPass);
  const programs = {
    training: trainingProgram(graphs, optimizer, { onPass }),
    evaluation: (probes: boolean) => evaluationProgram(graphs, probes, onPass),
  };
  const compiled = new CompiledModel(graphs, programs, { relaxed, threads });
  compiled.params = flatten(params);
  return compiled;
}

/**
 * The program of a training step, of a model's graphs as they were traced.
 * @param panelFloats floats of a matrix from which on products read it in panels; see schedule/pack.ts
 */
export function trainingProgram(
  graphs: ModelGraphs,
  optimizer: Transform,
  { onPass, panelFloats }: { readonly onPass?: OnPass | undefined; readonly panelFloats?: number } = {},
): TrainingProgram {
  const optimized = (name: string, graph: Graph) => runPasses(passes, graph, { graph: name, onPass });
  const { size } = parameterLayout(graphs.params).buffer;
  const update = traceOptimizer(optimizer, size, onPass);
  const optimizedGraphs = {
    ...graphs,
    initial: optimized('initial', graphs.initial),
    step: optimized('step', graphs.step),
    readout: optimized('readout', graphs.readout),
    optimizer: { ...update, graph: optimized('optimizer', update.graph) },
    norm: optimized('norm', squaredNormGraph(size)),
  };
  return planTraining(optimizedGraphs, panelFloats);
}

/** The program of an evaluation: what no gradient needs, and with `probes` what the cell shows of each step. */
export function evaluationProgram(graphs: ModelGraphs, probes: boolean, onPass?: OnPass): Program {
  const forward = (name: string, graph: Graph, isWanted: (output: string) => boolean) =>
    runPasses(passes, withOutputs(graph, isWanted), { graph: `evaluation.${name}`, onPass });
  return planForward(
    {
      ...graphs,
      initial: forward('initial', graphs.initial, () => true),
      step: forward('step', graphs.step, (output) => !names.isGradient(output)),
      readout: forward('readout', graphs.readout, (output) => output === 'logits'),
    },
    probes,
  );
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
