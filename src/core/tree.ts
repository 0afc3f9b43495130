/** Trees of tensors (parameters, states): walked in the order of their keys as written, leaves named by path. */
import type { TreeOf } from './contracts.ts';

type Branch<L> = readonly TreeOf<L>[] | { readonly [name: string]: TreeOf<L> };

/** A plain record or array is a branch; everything else (a tensor, a number, a typed array) is a leaf. */
function isBranch<L>(tree: TreeOf<L>): tree is Branch<L> {
  if (Array.isArray(tree)) return true;
  return typeof tree === 'object' && tree !== null && Object.getPrototypeOf(tree) === Object.prototype;
}

/** The leaves with their dotted paths (`controller.kernel`, `heads.0.key`), in order. */
export function leaves<L>(tree: TreeOf<L>, path = ''): [path: string, leaf: L][] {
  if (!isBranch(tree)) return [[path, tree]];
  return Object.entries(tree).flatMap(([name, child]) =>
    leaves(child as TreeOf<L>, path === '' ? name : `${path}.${name}`),
  );
}

/** The same tree with every leaf replaced. */
export function mapTree<A, B>(tree: TreeOf<A>, replace: (leaf: A, path: string) => B, path = ''): TreeOf<B> {
  if (!isBranch(tree)) return replace(tree, path);
  const child = (name: string, value: TreeOf<A>) =>
    mapTree(value, replace, path === '' ? name : `${path}.${name}`);
  if (Array.isArray(tree)) return tree.map((value, index) => child(String(index), value as TreeOf<A>));
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => [name, child(name, value as TreeOf<A>)]),
  );
}

/**
 * A tree of the same form as `like`, its leaves taken from a list in the order of `leaves`.
 * @throws Error when the list is longer or shorter than the tree
 */
export function treeLike<A, B>(like: TreeOf<A>, values: readonly B[]): TreeOf<B> {
  let next = 0;
  const tree = mapTree(like, () => values[next++] as B);
  if (next !== values.length)
    throw new Error(`internal: treeLike: expected ${next} leaves, got ${values.length}`);
  return tree;
}
