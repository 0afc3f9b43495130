/** The rules that every graph keeps; a pass that breaks one is wrong, and this says where. */
import { elements, showShape } from '../../core/shape.ts';
import type { Action, Place, Program } from '../schedule/program.ts';
import { argsOf, broadcastShape, type Graph, type Node, sameShape, variesOrder } from './graph.ts';

/** Checks a graph. @throws Error that names the first node that breaks a rule */
export function verify(graph: Graph): void {
  graph.nodes.forEach((node, id) => {
    const fail = (what: string): never => {
      throw new Error(`internal: verify: %${id} ${node.kind} ${showShape(node.shape)}: ${what}`);
    };
    for (const arg of argsOf(node))
      if (!(arg >= 0 && arg < id)) fail(`reads %${arg}, which does not come before it`);
    const args = argsOf(node).map((arg) => graph.nodes[arg]!);
    const problem = shapeProblem(node, args) ?? variesProblem(node, args);
    if (problem) fail(problem);
  });
  for (const [name, id] of Object.entries(graph.outputs))
    if (!graph.nodes[id]) throw new Error(`internal: verify: output ${name} is %${id}, which is not there`);
}

/** Only sums over the batch vary less than what they read. */
function variesProblem(node: Node, args: readonly Node[]): string | undefined {
  if (node.kind === 'total' || node.kind === 'outer')
    return node.varies === 'step' ? undefined : 'must vary by step';
  const strength = (one: Node) => variesOrder.indexOf(one.varies);
  return args.some((arg) => strength(arg) > strength(node)) ? 'varies less than what it reads' : undefined;
}

function shapeProblem(node: Node, args: readonly Node[]): string | undefined {
  const wanted = wantedShape(node, args);
  if (wanted && !sameShape(wanted, node.shape)) return `expected ${showShape(wanted)}`;
  const size = elements(node.shape);
  if (node.kind === 'constant' && node.data.length !== size) return `holds ${node.data.length} values`;
  if (node.kind === 'reshape' && elements(args[0]!.shape) !== size)
    return `reads ${showShape(args[0]!.shape)}`;
  if (node.kind === 'broadcast' && !sameShape(broadcastShape([args[0]!.shape, node.shape]), node.shape))
    return `reads ${showShape(args[0]!.shape)}`;
  if (node.kind === 'assemble')
    return node.parts.every(({ starts }, i) =>
      starts.every((start, axis) => start >= 0 && start + args[i]!.shape[axis]! <= node.shape[axis]!),
    )
      ? undefined
      : 'a part lies outside';
  if (node.kind === 'slice') return sliceProblem(node, args[0]!);
  return undefined;
}

function wantedShape(node: Node, args: readonly Node[]): readonly number[] | undefined {
  switch (node.kind) {
    case 'apply':
      return broadcastShape(args.map((arg) => arg.shape));
    case 'reduce':
      return args[0]!.shape.filter((_, axis) => !node.axes.includes(axis));
    case 'transpose':
      return node.order.map((axis) => args[0]!.shape[axis]!);
    case 'cumulative':
    case 'sort':
    case 'total':
      return args[0]!.shape;
    case 'outer':
      return [args[0]!.shape.at(-1)!, args[1]!.shape.at(-1)!];
    case 'dense':
      return [...args[0]!.shape.slice(0, -1), args[1]!.shape[node.transposed ? 0 : 1]!];
    default:
      return undefined;
  }
}

function sliceProblem(node: Node & { kind: 'slice' }, from: Node): string | undefined {
  const inside = node.shape.every((size, axis) => {
    const first = node.starts[axis]!;
    const last = first + (size - 1) * node.steps[axis]!;
    return [first, last].every((at) => at >= 0 && at < from.shape[axis]!);
  });
  return inside ? undefined : `reaches outside of ${showShape(from.shape)}`;
}

/**
 * Checks what a program's phases touch: one that works on all steps at once only what has a record for each of them, the
 * forward pass no gradient. @throws Error that names the action
 */
export function verifyProgram({ buffers, phases }: Program): void {
  for (const { name, over, rows, actions } of phases)
    for (const action of actions)
      for (const place of placesOf(action)) {
        const buffer = buffers[place.buffer]!;
        const what = `internal: verify: ${name}: ${action.kind} touches ${buffer.name}`;
        if (rows === 'all' && buffer.kind === 'rows' && buffer.slots !== 'all')
          throw new Error(`${what}, which has no record for each step`);
        if (over === 'forward' && buffer.name.startsWith('d.'))
          throw new Error(`${what}, which is known on the way back`);
      }
}

function placesOf(action: Action): readonly Place[] {
  switch (action.kind) {
    case 'product':
      return [action.left, action.right, action.output];
    case 'region':
      return action.steps.flatMap((step) => {
        if (step.kind === 'nest') return step.body.flatMap((one) => ('place' in one ? [one.place] : []));
        return 'index' in step ? [step.input, step.index, step.output] : [step.input, step.output];
      });
    default:
      return [];
  }
}
