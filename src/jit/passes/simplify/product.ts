/**
 * A product of matrices that each example has its own of, as multiply and sum: the loop nests of regions then fuse it with
 * what surrounds it. The order of the three axes follows the larger operand's memory, so that its rows are read in a line.
 */
import { elements } from '../../../core/shape.ts';
import type { Builder } from '../../ir/builder.ts';
import type { NodeId, NodeOf } from '../../ir/graph.ts';

type Matmul = NodeOf<'matmul'>;

/** The letters of an operand's last two axes, as stored. */
function lettersOf(node: Matmul): { left: string; right: string } {
  return { left: node.leftTransposed ? 'km' : 'mk', right: node.rightTransposed ? 'nk' : 'kn' };
}

/** The product as `reduce sum (multiply left right)`. */
export function expandProduct(build: Builder, node: Matmul): NodeId {
  const { left, right } = lettersOf(node);
  const sizes = sizesOf(build, node, left, right);
  const order = orderOf(build, node, sizes);
  const product = build.apply(
    'multiply',
    spread(build, node.args[0]!, left, order),
    spread(build, node.args[1]!, right, order),
  );
  const lead = build.shape(product).length - 3;
  const sum = build.reduce('sum', product, [lead + order.indexOf('k')]);
  const rest = order.replace('k', '');
  if (rest === 'mn') return build.reshape(sum, node.shape);
  const back = [...Array(lead).keys(), lead + 1, lead];
  return build.transpose(sum, back);
}

function sizesOf(build: Builder, node: Matmul, left: string, right: string): Record<string, number> {
  const [a, b] = [build.shape(node.args[0]!).slice(-2), build.shape(node.args[1]!).slice(-2)];
  return { [left[0]!]: a[0]!, [left[1]!]: a[1]!, [right[0]!]: b[0]!, [right[1]!]: b[1]! };
}

/** The order in which the axes m, k, n are looped over. */
function orderOf(build: Builder, node: Matmul, sizes: Record<string, number>): string {
  const { left, right } = lettersOf(node);
  const leftIsLarger = elements(build.shape(node.args[0]!)) > elements(build.shape(node.args[1]!));
  if (sizes.m === 1 || sizes.n === 1) {
    const main = leftIsLarger ? left : right;
    const other = main === left ? 'n' : 'm';
    return other + main;
  }
  return right === 'kn' ? 'mkn' : 'mnk';
}

/** An operand with its two axes at their places among the three of the order. */
function spread(build: Builder, id: NodeId, letters: string, order: string): NodeId {
  const shape = build.shape(id);
  const lead = shape.length - 2;
  const stored = [letters[0]!, letters[1]!];
  const wanted = [...order].filter((letter) => letters.includes(letter));
  const turned =
    stored.join('') === wanted.join('') ? id : build.transpose(id, [...Array(lead).keys(), lead + 1, lead]);
  const sizes = build.shape(turned).slice(-2);
  const full = [...order].map((letter) => (letters.includes(letter) ? sizes[wanted.indexOf(letter)]! : 1));
  return build.reshape(turned, [...shape.slice(0, -2), ...full]);
}
