/**
 * Matrix products as functions of addresses and a row count, one for each form and set of static sizes. Results are
 * cut in tiles (tiles.ts); what the tiles leave over in any dimension is done by smaller ones, still in vectors.
 * Vector loads may read up to 12 bytes beyond a matrix's last row; stores never write beyond it.
 */
import { type Product, panelWidth } from '../../schedule/program.ts';
import type { Code, FunctionHandle, Local } from '../../wasm/assembler.ts';
import { advance, type Int, int, push, set } from '../../wasm/integers.ts';
import type { Module } from '../../wasm/module.ts';
import { type Vectors, vectors } from '../../wasm/vectors.ts';
import { inPortions, repeat, repeatUntil } from '../loops.ts';
import { lastLanes } from '../memory.ts';
import { dotTile, outerTile, pointersIn, streamTile, type Tile } from './tiles.ts';

/** The sizes and layout that a product's code depends on. */
export type ProductShape = Pick<
  Product,
  'form' | 'k' | 'n' | 'leftStride' | 'rightStride' | 'outputStride' | 'add'
> & {
  /** nn: B lies in panels, one behind the other; `rightStride` says nothing then. */
  readonly packed?: boolean;
};

/** Rows of A and B that a pass of a transposed product takes, so that their columns stay in the first-level cache. */
const passRows = 64;

/** Heights of tiles in descending order, and the vectors or numbers wide that fit eight accumulators. */
const outerShapes = [
  [4, 2],
  [2, 4],
  [1, 8],
] as const;
const dotShapes = [
  [2, 4],
  [1, 6],
] as const;

/** A single row takes two panels at once: more streams than one, and few enough to follow. */
const panelShapes = [
  [4, 2],
  [2, 4],
  [1, 4],
] as const;

/** Rows of B that a single row of A is multiplied with at a time; six streams are what the cache keeps up with. */
const streamDepth = 6;

/** Everything one product's emission shares. */
interface Work {
  readonly v: Vectors;
  readonly shape: ProductShape;
  /** First rows of the tiles at hand. */
  readonly a: Local;
  readonly b: Local;
  readonly c: Local;
  /** Tiles one above the other, and bytes from one to the next. */
  readonly tiles: Local;
  /** Bytes of A that a tile's loop runs over. */
  readonly depth: Local;
}

/** One column of tiles: the same columns of B, from A's first row down. */
function column({ v, shape, a, b, c, tiles, depth }: Work, tile: Tile): void {
  const { code } = v;
  const pointers = pointersIn(code);
  const top = code.local('i');
  set(code, top, a);
  set(code, pointers.c, c);
  repeat(code, tiles, () => {
    set(code, pointers.a, top);
    set(code, pointers.b, b);
    set(code, pointers.end, int.add(top, depth));
    if (shape.form === 'nt') dotTile(v, tile, { pointers, depth: shape.k });
    else outerTile(v, tile, pointers);
    advance(code, top, tile.height * tile.aRow);
    advance(code, pointers.c, tile.height * tile.cRow);
  });
  code.release(...Object.values(pointers), top);
}

/** How the operands of a tile lie where that is not row after row. */
function layoutOf({ form, leftStride, packed, k }: ProductShape, width: number): Partial<Tile> {
  if (form === 'tn') return { aRow: 4, aStep: 4 * leftStride };
  if (!packed) return {};
  const bColumns = Array.from({ length: width }, (_, j) => (j >> 1) * 4 * panelWidth * k + 16 * (j & 1));
  return { bRow: 4 * panelWidth, bColumns };
}

/** All columns of the result for tiles of one height. */
function columns(work: Work, height: number, width: number): void {
  const { v, shape, b, c } = work;
  const { code } = v;
  const dot = shape.form === 'nt';
  const [left, right, output] = [4 * shape.leftStride, 4 * shape.rightStride, 4 * shape.outputStride];
  const common = {
    height,
    aRow: left,
    aStep: 4,
    bRow: right,
    cRow: output,
    add: shape.add || shape.form === 'tn',
  };
  const base = { ...common, ...layoutOf(shape, width) };
  const across = dot ? width : 4 * width;
  const [firstB, firstC] = [code.local('i'), code.local('i')];
  set(code, firstB, b);
  set(code, firstC, c);
  const moved = { ...work, b: firstB, c: firstC };
  const next = () => {
    advance(code, firstB, shape.packed ? across * 4 * shape.k : dot ? width * right : 4 * across);
    advance(code, firstC, 4 * across);
  };
  inPortions(code, { count: shape.n, size: across, next }, (size) =>
    column(moved, { ...base, width: dot ? size : Math.ceil(size / 4), lanes: lastLanes(size) }),
  );
  code.release(firstB, firstC);
}

/** A single row times B: groups of B's rows, the first of which begins the result. */
function streamed({ v, shape, a, b, c }: Work): void {
  const { code } = v;
  const pointers = pointersIn(code);
  const bRow = 4 * shape.rightStride;
  const first = code.local('i');
  set(code, pointers.a, a);
  set(code, first, b);
  const group = (depth: number, add: boolean) => {
    set(code, pointers.b, first);
    set(code, pointers.c, c);
    set(code, pointers.end, int.add(c, 4 * (shape.n - (shape.n % 4))));
    streamTile(v, { depth, n: shape.n, bRow, add }, pointers);
    advance(code, pointers.a, 4 * depth);
    advance(code, first, depth * bRow);
  };
  const begin = Math.min(streamDepth, shape.k);
  const rest = (shape.k - begin) % streamDepth;
  group(begin, shape.add);
  repeat(code, (shape.k - begin - rest) / streamDepth, () => group(streamDepth, true));
  if (rest > 0) group(rest, true);
  code.release(...Object.values(pointers), first);
}

/** The whole result, in tiles from the highest to the lowest that are needed. */
function rows(work: Work, count: Int, known?: number): void {
  const { v, shape, a, c, tiles } = work;
  const { code } = v;
  const aRow = shape.form === 'tn' ? 4 : 4 * shape.leftStride;
  const shapes = shape.packed ? panelShapes : shape.form === 'nt' ? dotShapes : outerShapes;
  shapes.forEach(([height, width], i) => {
    const left = i === 0 ? known : known && known % shapes[i - 1]![0];
    if (left !== undefined && left < height) return;
    const lines = i > 0 ? int.and(count, shapes[i - 1]![0] - 1) : count;
    push(code, int.tee(tiles, int.shr_u(lines, Math.log2(height))));
    code.if(() => {
      if (height === 1 && shape.form === 'nn' && !shape.packed) {
        streamed(work);
        return;
      }
      columns(work, height, width);
      advance(code, a, int.mul(tiles, height * aRow));
      advance(code, c, int.mul(tiles, height * 4 * shape.outputStride));
    });
  });
}

/** A tn product: passes over A's and B's rows, each adding to all of C. */
function passes(work: Work, total: Local, output: Local): void {
  const { v, shape, a, b, c, depth } = work;
  const { code } = v;
  const [now, nextA] = [code.local('i'), code.local('i')];
  set(code, nextA, a);
  repeatUntil(code, int.eqz(total), () => {
    const taken = int.tee(now, int.select(total, passRows, int.lt_u(total, passRows)));
    set(code, depth, int.mul(taken, 4 * shape.leftStride));
    set(code, a, nextA);
    set(code, c, output);
    rows(work, shape.k, shape.k);
    advance(code, nextA, depth);
    advance(code, b, int.mul(now, 4 * shape.rightStride));
    set(code, total, int.sub(total, now));
  });
}

/** The body of a function (left, right, output: addresses; rows: how many rows A has). */
function product(code: Code, shape: ProductShape, relaxed: boolean): void {
  const [a, b, output, total] = code.params as [Local, Local, Local, Local];
  const c = code.local('i');
  const work = { v: vectors(code, relaxed), shape, a, b, c, tiles: code.local('i'), depth: code.local('i') };
  if (shape.form === 'tn') {
    passes(work, total, output);
    return;
  }
  set(code, c, output);
  const elements = shape.form === 'nt' ? shape.k - (shape.k % 4) : shape.k;
  set(code, work.depth, 4 * elements);
  rows(work, total);
}

/**
 * Gives the function of a product, made once for each shape: (left, right, output: byte addresses; rows).
 * `tn` always adds to the output.
 * @param relaxed whether the engine validates `f32x4.relaxed_madd`
 */
export function products(module: Module, relaxed: boolean): (shape: ProductShape) => FunctionHandle {
  return (shape) => {
    const { form, k, n, leftStride, rightStride, outputStride, add, packed } = shape;
    const right = packed ? 'panels' : rightStride;
    const name = `product_${form}_${k}x${n}_${leftStride}_${right}_${outputStride}${add ? '_add' : ''}`;
    return module.once({ name, params: ['i', 'i', 'i', 'i'] }, (code) => product(code, shape, relaxed));
  };
}
