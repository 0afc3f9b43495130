/**
 * Which matrix products work on panels (see `Pack`): those whose matrix is so large that its rows no longer stay in the
 * caches between one use and the next. A shared matrix is copied once a batch and read at every time step; the operands
 * of a sum over examples are copied block by block as it runs. What is small is faster as it lies.
 */
import {
  type Action,
  type Buffer,
  blockRows,
  type Pack,
  type Phase,
  type Place,
  type Product,
  type Program,
  panelWidth,
} from './program.ts';

/**
 * Floats of a matrix, or of a sum of outer products, from which on panels pay: a quarter of a megabyte. Just below it they
 * gain nothing that copying does not cost; at twice the size a sixth, at eight times as much a half.
 */
const LEAST = 65_536;

const roundUp = (size: number, unit: number) => Math.ceil(size / unit) * unit;

/** Floats of a matrix in panels. */
export const panelFloats = ({ k, n }: Pick<Product, 'k' | 'n'>): number => k * roundUp(n, panelWidth);

/** Floats of the workspace that holds a block of rows of both operands of a sum. */
export const workspaceFloats = ({ k, n }: Pick<Product, 'k' | 'n'>): number =>
  blockRows * (roundUp(k, 4) + roundUp(n, panelWidth));

/**
 * The program with panels where they pay: buffers for them, and a phase `panels` after the prologue that fills them.
 * @param least floats of a matrix from which on it is large
 */
export function withPanels<P extends Program>(program: P, least: number = LEAST): P {
  const buffers = [...program.buffers];
  const add = (buffer: Omit<Buffer, 'id'>): Place => {
    buffers.push({ ...buffer, id: buffers.length } as Buffer);
    return { buffer: buffers.length - 1, offset: 0, shift: 0 };
  };
  const large = (product: Product) => product.k * product.n >= least;
  const sums = program.phases
    .flatMap(({ actions }) => actions.filter((action) => action.kind === 'product'))
    .filter((product) => product.form === 'tn' && large(product));
  const size = Math.max(0, ...sums.map(workspaceFloats));
  const workspace = size > 0 ? add({ name: 'workspace', kind: 'shard', size }) : undefined;
  const packs = new Map<string, Pack>();
  const changed = (phase: Phase, action: Action): Action => {
    if (action.kind !== 'product' || !large(action)) return action;
    if (workspace && action.form === 'tn') return { ...action, workspace };
    return readsOften(program, phase, action) ? { ...action, panels: panelsOf(action, packs, add) } : action;
  };
  const phases = program.phases.map((phase) => ({
    ...phase,
    actions: phase.actions.map((action) => changed(phase, action)),
  }));
  return filled({ ...program, buffers, phases }, [...packs.values()]);
}

/** Whether a product reads a matrix that all shards share, at many times or for many rows. */
function readsOften({ buffers }: Program, { scope, over, rows }: Phase, { form, right }: Product): boolean {
  const often = scope === 'shard' && (over !== 'once' || rows === 'all');
  return often && form !== 'tn' && buffers[right.buffer]!.kind === 'fixed';
}

/** The panels of a product's matrix, the same for all that read it in one form. */
function panelsOf(
  product: Product,
  packs: Map<string, Pack>,
  add: (buffer: Omit<Buffer, 'id'>) => Place,
): Place {
  const { k, n, form, right, rightStride } = product;
  const key = [form, k, n, right.buffer, right.offset, rightStride].join();
  const known = packs.get(key);
  if (known) return known.to;
  const name = `panels${packs.size}`;
  const to = add({ name, kind: 'fixed', size: panelFloats(product) });
  packs.set(key, {
    kind: 'pack',
    name,
    k,
    n,
    transposed: form === 'nt',
    from: right,
    stride: rightStride,
    to,
  });
  return to;
}

/** The program that makes the panels once a batch, when all that depends on parameters alone is computed. */
function filled<P extends Program>(program: P, packs: readonly Pack[]): P {
  if (packs.length === 0) return program;
  const phase: Phase = { name: 'panels', over: 'once', rows: 'none', scope: 'program', actions: packs };
  const prologue = [...(program.entries.prologue ?? []), program.phases.length];
  return {
    ...program,
    phases: [...program.phases, phase],
    entries: { ...program.entries, prologue },
  };
}
