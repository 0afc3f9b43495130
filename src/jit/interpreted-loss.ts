/** Loss and gradient by the interpreter: the graphs of a model run by plain loops in float64, what everything else must match. */
import type { Batch } from '../core/contracts.ts';
import { elements } from '../core/shape.ts';
import type { ModelGraphs } from './frontend/model.ts';
import type { Graph } from './ir/graph.ts';
import { interpret, type Values } from './ir/interpret.ts';

/** Values by name. */
export type Named = Record<string, Values>;

/** A model's graphs with parameters in float64. */
export interface Interpreted {
  readonly graphs: ModelGraphs;
  /** One array a parameter, by its name in the graphs. */
  readonly params: Named;
}

const zeros = (leaves: ModelGraphs['state'], prefix: string, batchSize: number): Named =>
  Object.fromEntries(
    leaves.map(({ path, shape }) => [
      `${prefix}.${path}`,
      Array.from({ length: batchSize }, () => new Float64Array(elements(shape))),
    ]),
  );

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

const each = (values: Values, batchSize: number): Values =>
  Array.from({ length: batchSize }, (_, b) => values[b] ?? values[0]!);

/** Only some outputs of a graph, so that the rest is not computed. */
const only = (graph: Graph, wanted: (name: string) => boolean): Graph => ({
  ...graph,
  outputs: Object.fromEntries(Object.entries(graph.outputs).filter(([name]) => wanted(name))),
});

interface Run {
  readonly states: readonly Named[];
  readonly outputs: readonly Values[];
}

function forward({ graphs, params }: Interpreted, batch: Batch): Run {
  const { length, batchSize, inputSize, inputs } = batch;
  const output = {
    'd.output': rowsAt(new Float32Array(batchSize * 1e4), outputSize(graphs), { t: 0, batchSize }),
  };
  const idle = { ...zeros(graphs.state, 'd.next', batchSize), ...output };
  const quiet = zeros(graphs.state, 'd.state', batchSize);
  const first = interpret(
    only(graphs.initial, (name) => name.startsWith('state')),
    { ...params, ...quiet },
    batchSize,
  );
  const states: Named[] = [first];
  const outputs: Values[] = [];
  for (let t = 0; t < length; t++) {
    const input = rowsAt(inputs, inputSize, { t, batchSize });
    const after = interpret(graphs.step, { ...params, ...states[t]!, ...idle, input }, batchSize);
    outputs.push(each(after.output!, batchSize));
    states.push(Object.fromEntries(graphs.state.map(({ path, name }) => [name, after[`next.${path}`]!])));
  }
  return { states, outputs };
}

const outputSize = (graphs: ModelGraphs) => elements(graphs.step.nodes[graphs.step.outputs.output!]!.shape);

/** Loss of a batch, and when asked its gradient by the graphs' own backward halves. */
export function interpretedLoss(
  subject: Interpreted,
  batch: Batch,
  gradient?: Map<string, Float64Array>,
): number {
  const { graphs, params } = subject;
  const { length, batchSize } = batch;
  const { states, outputs } = forward(subject, batch);
  const add = (found: Named) => {
    for (const { name } of graphs.params) {
      const sum = gradient?.get(name);
      const more = found[`d.${name}`]?.[0] ?? new Float64Array(0);
      for (const [i, value] of more.entries()) if (sum) sum[i]! += value;
    }
  };
  let loss = 0;
  const outputGradients = outputs.map((output, t) => {
    const target = rowsAt(batch.targets, batch.outputSize, { t, batchSize });
    const mask = rowsAt(batch.mask, 1, { t, batchSize });
    const scale = mask.map(() => Float64Array.of(1 / batchSize));
    const found = interpret(
      graphs.readout,
      { ...params, output, target, mask, 'd.losses': scale },
      batchSize,
    );
    for (const value of each(found.losses!, batchSize)) loss += value[0]! / batchSize;
    add(found);
    return found['d.output']!;
  });
  if (!gradient) return loss;
  let back = zeros(graphs.state, 'd.next', batchSize);
  for (let t = length - 1; t >= 0; t--) {
    const input = rowsAt(batch.inputs, batch.inputSize, { t, batchSize });
    const found = interpret(
      graphs.step,
      { ...params, ...states[t]!, ...back, input, 'd.output': outputGradients[t]! },
      batchSize,
    );
    add(found);
    back = Object.fromEntries(
      graphs.state.map(({ path, name, shape }) => [
        `d.next.${path}`,
        each(found[`d.${name}`] ?? [new Float64Array(elements(shape))], batchSize),
      ]),
    );
  }
  const first = Object.fromEntries(
    Object.entries(back).map(([name, values]) => [name.replace('d.next', 'd.state'), values]),
  );
  add(interpret(graphs.initial, { ...params, ...first }, batchSize));
  return loss;
}

/** Zeros to collect a gradient in. */
export const emptyGradient = (graphs: ModelGraphs): Map<string, Float64Array> =>
  new Map(graphs.params.map(({ name, shape }) => [name, new Float64Array(elements(shape))]));
