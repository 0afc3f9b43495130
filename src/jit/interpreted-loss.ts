/** Loss and gradient by the interpreter: the graphs of a model run by plain loops in float64, what everything else must match. */
import type { Batch } from '../core/contracts.ts';
import { elements } from '../core/shape.ts';
import type { Leaf, ModelGraphs } from './frontend/model.ts';
import { type Graph, withOutputs } from './ir/graph.ts';
import { interpret, type Values } from './ir/interpret.ts';
import { names } from './ir/names.ts';

/** Values by name. */
export type Named = Record<string, Values>;

/** A model's graphs with parameters in float64. */
export interface Interpreted {
  readonly graphs: ModelGraphs;
  /** One array a parameter, by its name in the graphs. */
  readonly params: Named;
}

const zerosFor = ({ shape }: Leaf): Float64Array => new Float64Array(elements(shape));

/** Rows of time `t` of [T,B,size], one array an example. */
function rowsAt(
  data: Float32Array,
  size: number,
  { t, batchSize }: { t: number; batchSize: number },
): Values {
  return Array.from({ length: batchSize }, (_, b) =>
    Float64Array.from(data.subarray((t * batchSize + b) * size, (t * batchSize + b + 1) * size)),
  );
}

/** Only what is known on the way forward, so that nothing else is computed. */
const forwardOnly = (graph: Graph): Graph => withOutputs(graph, (name) => !names.isGradient(name));

/** The state before each step, and its output. */
function forward({ graphs, params }: Interpreted, batch: Batch): { states: Named[]; outputs: Values[] } {
  const { length, batchSize, inputSize, inputs } = batch;
  const [initial, step] = [forwardOnly(graphs.initial), forwardOnly(graphs.step)];
  const states = [interpret(initial, params, batchSize)];
  const outputs: Values[] = [];
  for (let t = 0; t < length; t++) {
    const input = rowsAt(inputs, inputSize, { t, batchSize });
    const after = interpret(step, { ...params, ...states[t]!, input }, batchSize);
    outputs.push(after.output!);
    states.push(Object.fromEntries(graphs.state.map(({ path, name }) => [name, after[names.next(path)]!])));
  }
  return { states, outputs };
}

/** Loss of a batch, and when asked its gradient by the graphs' own backward halves. */
export function interpretedLoss(
  subject: Interpreted,
  batch: Batch,
  gradient?: Map<string, Float64Array>,
): number {
  const { graphs, params } = subject;
  const { length, batchSize } = batch;
  const { states, outputs } = forward(subject, batch);
  const readout = gradient ? graphs.readout : forwardOnly(graphs.readout);
  const add = (found: Named) => {
    for (const { name } of graphs.params) {
      const sum = gradient?.get(name);
      const more = found[names.gradient(name)]?.[0] ?? new Float64Array(0);
      for (const [i, value] of more.entries()) if (sum) sum[i]! += value;
    }
  };
  const scale = [Float64Array.of(1 / batchSize)];
  let loss = 0;
  const outputGradients = outputs.map((output, t) => {
    const target = rowsAt(batch.targets, batch.outputSize, { t, batchSize });
    const mask = rowsAt(batch.mask, 1, { t, batchSize });
    const found = interpret(
      readout,
      { ...params, output, target, mask, [names.gradient('losses')]: scale },
      batchSize,
    );
    const losses = found.losses!;
    for (let b = 0; b < batchSize; b++) loss += (losses[b] ?? losses[0]!)[0]! / batchSize;
    add(found);
    return found[names.gradient('output')]!;
  });
  if (!gradient) return loss;
  let back = graphs.state.map((leaf): Values => [zerosFor(leaf)]);
  const given = (nameOf: (leaf: Leaf) => string): Named =>
    Object.fromEntries(graphs.state.map((leaf, i) => [names.gradient(nameOf(leaf)), back[i]!]));
  for (let t = length - 1; t >= 0; t--) {
    const input = rowsAt(batch.inputs, batch.inputSize, { t, batchSize });
    const cotangents = {
      ...given(({ path }) => names.next(path)),
      [names.gradient('output')]: outputGradients[t]!,
    };
    const found = interpret(graphs.step, { ...params, ...states[t]!, input, ...cotangents }, batchSize);
    add(found);
    back = graphs.state.map((leaf) => found[names.gradient(leaf.name)] ?? [zerosFor(leaf)]);
  }
  add(interpret(graphs.initial, { ...params, ...given(({ name }) => name) }, batchSize));
  return loss;
}

/** Zeros to collect a gradient in. */
export const emptyGradient = (graphs: ModelGraphs): Map<string, Float64Array> =>
  new Map(graphs.params.map((leaf) => [leaf.name, zerosFor(leaf)]));
