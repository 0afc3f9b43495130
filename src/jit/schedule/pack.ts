/**
 * Which matrix products work on panels (see `Pack`): those whose matrix is so large that its rows no longer stay in the
 * caches between one use and the next. A shared matrix is copied once a batch and read at every time step; the operands
 * of a sum over examples are copied block by block as it runs. What is small is faster as it lies.
 */
import { fixed, ofShard, roundUp } from './buffers.ts';
import { phase } from './phases.ts';
import {
  type Action,
  blockRows,
  type Pack,
  type Phase,
  type Product,
  panelWidth,
  placeIn,
} from './program.ts';

/**
 * Floats of a matrix, or of a sum of outer products, from which on panels pay: a quarter of a megabyte. Just below it they
 * gain nothing that copying does not cost; at twice the size a sixth, at eight times as much a half.
 */
const MIN_FLOATS = 65_536;

/** Floats of a matrix in panels. */
export const panelFloats = ({ k, n }: Pick<Product, 'k' | 'n'>): number => k * roundUp(n, panelWidth);

/** Floats of the workspace that holds a block of rows of both operands of a sum. */
export const workspaceFloats = ({ k, n }: Pick<Product, 'k' | 'n'>): number =>
  blockRows * (roundUp(k, 4) + roundUp(n, panelWidth));

/** The phases of each entry. */
type Entries = Readonly<Record<string, readonly Phase[]>>;

/**
 * The phases of a program with panels where they pay, and a phase `panels` at the end of the prologue that fills them.
 * @param least floats of a matrix from which on it is large
 */
export function withPanels({ prologue = [], ...others }: Entries, least: number = MIN_FLOATS): Entries {
  const large = ({ k, n }: Product) => k * n >= least;
  const all = Object.values(others).flat();
  const sums = productsOf(all).filter((product) => product.form === 'tn' && large(product));
  const workspace = placeIn(ofShard('workspace', Math.max(0, ...sums.map(workspaceFloats))));
  const packs = packsOf(all, large);
  const changed = (own: Phase, action: Action): Action => {
    if (action.kind !== 'product' || !large(action)) return action;
    if (action.form === 'tn') return { ...action, workspace };
    return readsOften(own, action) ? { ...action, panels: packs.get(keyOf(action))!.to } : action;
  };
  const entries = Object.entries(others).map(([name, phases]) => [
    name,
    phases.map((own) => ({ ...own, actions: own.actions.map((action) => changed(own, action)) })),
  ]);
  return { prologue: [...prologue, phase('panels', [...packs.values()])], ...Object.fromEntries(entries) };
}

const productsOf = (phases: readonly Phase[]): Product[] =>
  phases.flatMap(({ actions }) => actions.filter((action) => action.kind === 'product'));

/** Whether a product reads a matrix that all shards share, at many times or for many rows. */
function readsOften({ scope, over, rows }: Phase, { form, right }: Product): boolean {
  const often = scope === 'shard' && (over !== 'once' || rows === 'all');
  return often && form !== 'tn' && right.buffer.kind === 'fixed';
}

/** Products of one key read the same panels. */
const keyOf = ({ form, k, n, right, rightStride }: Product): string =>
  [form, k, n, right.buffer.name, right.offset, rightStride].join();

/** The panels of each large matrix that is read often, one for each form in which it is. */
function packsOf(phases: readonly Phase[], large: (product: Product) => boolean): ReadonlyMap<string, Pack> {
  const packs = new Map<string, Pack>();
  for (const phase of phases)
    for (const product of productsOf([phase])) {
      const key = keyOf(product);
      if (!large(product) || !readsOften(phase, product) || packs.has(key)) continue;
      const name = `panels${packs.size}`;
      const { k, n, form, right: from, rightStride: stride } = product;
      const to = placeIn(fixed(name, panelFloats(product)));
      packs.set(key, { kind: 'pack', name, k, n, transposed: form === 'nt', from, stride, to });
    }
  return packs;
}
