/**
 * What the plans of all programs share: where parameters, constants and inputs are in memory, and the rows of a model's
 * outside. Places go in and come out; nothing is changed on the way.
 */
import { elements } from '../../core/shape.ts';
import type { Leaf, ModelGraphs } from '../frontend/model.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import { type View, viewsOf } from '../ir/views.ts';
import { fixed, ofRows, roundUp, sideBySide } from './buffers.ts';
import { type Action, type Buffer, type Constant, type Place, type Port, placeIn } from './program.ts';
import type { Destination, Placed } from './regions.ts';

/** A graph ready to be lowered. */
export interface Prepared extends Placed {
  readonly constants: readonly Constant[];
  /** Actions done before, once, when the parameters are known. */
  readonly prologue: readonly Action[];
}

/** The parameters in memory: one flat vector, gaps included. */
export interface ParameterLayout {
  readonly buffer: Buffer;
  readonly places: ReadonlyMap<string, Place>;
}

/** Parameters begin at multiples of this many floats, so that products read whole cache lines. */
const PARAMETER_ALIGNMENT = 16;

/** Where each parameter begins in the flat vector of all; gaps hold zeros. */
export function parameterLayout(params: readonly Leaf[]): ParameterLayout {
  const lengths = params.map(({ shape }) => roundUp(elements(shape), PARAMETER_ALIGNMENT));
  const buffer = fixed(
    'params',
    lengths.reduce((sum, length) => sum + length, 0),
  );
  let offset = 0;
  const places = params.map(({ name }, i) => {
    offset += i === 0 ? 0 : lengths[i - 1]!;
    return [name, placeIn(buffer, offset)] as const;
  });
  return { buffer, places: new Map(places) };
}

/** Constants that must be in memory: all but single numbers, and those too where no loop nest reads them. */
function inMemory(graph: Graph, views: readonly View[]): Map<NodeId, Float32Array> {
  const found = new Map<NodeId, Float32Array>();
  graph.nodes.forEach((node, id) => {
    if (node.kind === 'constant' && node.data.length !== 1) found.set(id, node.data);
    if (!['cumulative', 'sort', 'gather', 'scatter'].includes(node.kind)) return;
    for (const { base } of node.args.map((arg) => views[arg]!)) {
      const source = graph.nodes[base]!;
      if (source.kind === 'constant') found.set(base, source.data);
    }
  });
  return new Map([...found].sort(([a], [b]) => a - b));
}

/** Puts a graph's constants into memory and finds its inputs there. */
export function prepare(name: string, graph: Graph, inputs: ReadonlyMap<string, Place>): Prepared {
  const views = viewsOf(graph);
  const values = inMemory(graph, views);
  const sizes = new Map([...values].map(([id, { length }]) => [id, length]));
  const places = sideBySide(sizes, (size) => fixed(`${name}.constants`, size));
  const available = new Map(places);
  graph.nodes.forEach((node, id) => {
    const place = node.kind === 'input' ? inputs.get(node.name) : undefined;
    if (place) available.set(id, place);
  });
  const constants = [...places].map(([id, place]) => ({ place, values: values.get(id)! }));
  return { name, graph, views, available, constants, prologue: [] };
}

/** Rows of a model's outside: the state over time and what a batch holds. */
export interface Sequence {
  readonly state: ReadonlyMap<string, Place>;
  /** What a step reads beside the parameters: the state and the input. */
  readonly stepInputs: ReadonlyMap<string, Place>;
  readonly output: Place;
  readonly ports: Readonly<Record<string, Port>>;
}

/** Buffers for states and sequences; states of all times for training, of two without. */
export function sequence({ state, step }: ModelGraphs, slots: 'all' | 'two'): Sequence {
  const inputSize = step.nodes.find((node) => node.kind === 'input' && node.name === 'input')?.shape[0] ?? 0;
  const input = placeIn(ofRows('input', inputSize, 'all'));
  const output = placeIn(ofRows('output', step.nodes[step.outputs.output!]!.shape[0]!, 'all'));
  const states = state.map(({ name, shape }) => {
    const buffer = ofRows(name, elements(shape), slots, { extra: slots === 'all' });
    return [name, placeIn(buffer)] as const;
  });
  return {
    state: new Map(states),
    stepInputs: new Map([...states, ['input', input]]),
    output,
    ports: { input: { place: input, shape: [inputSize] } },
  };
}

/** The output of a name, to be written to a place; none where the graph has no such output. */
export function destination({ graph }: Prepared, name: string, place: Place): Destination[] {
  const node = graph.outputs[name];
  return node === undefined ? [] : [{ node, place, add: false }];
}
