/**
 * Matrix products as functions of addresses and a row count, one for each form and set of static sizes. Results are
 * cut in tiles (tiles.ts); what the tiles leave over in any dimension is done by smaller ones, still in vectors.
 * Vector loads may read up to 12 bytes beyond a matrix's last row; stores never write beyond it.
 */
import { type Product, panelWidth } from '../../schedule/program.ts';
import type { Code, FunctionHandle, Local } from '../../wasm/assembler.ts';
import { advance, repeat, set } from '../../wasm/loops.ts';
import type { Module } from '../../wasm/module.ts';
import { type Vectors, vectors } from '../../wasm/vectors.ts';
import { dotTile, outerTile, type Pointers, streamTile, type Tile } from './tiles.ts';

/** What a product's code depends on. */
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
  const pointers: Pointers = {
    a: code.local('i'),
    b: code.local('i'),
    c: code.local('i'),
    end: code.local('i'),
  };
  const top = code.local('i');
  set(code, top, () => code.get(a));
  set(code, pointers.c, () => code.get(c));
  repeat(
    code,
    () => code.get(tiles),
    () => {
      set(code, pointers.a, () => code.get(top));
      set(code, pointers.b, () => code.get(b));
      code.get(top);
      code.get(depth);
      code.op.i32.add();
      code.set(pointers.end);
      if (shape.form === 'nt') dotTile(v, tile, { pointers, depth: shape.k });
      else outerTile(v, tile, pointers);
      advance(code, top, tile.height * tile.aRow);
      advance(code, pointers.c, tile.height * tile.cRow);
    },
  );
  code.release(pointers.a, pointers.b, pointers.c, pointers.end, top);
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
  const full = Math.floor(shape.n / across);
  const rest = shape.n % across;
  const [firstB, firstC] = [code.local('i'), code.local('i')];
  set(code, firstB, () => code.get(b));
  set(code, firstC, () => code.get(c));
  const moved = { ...work, b: firstB, c: firstC };
  if (full > 0) {
    repeat(
      code,
      () => code.op.i32.const(full),
      () => {
        column(moved, { ...base, width, lanes: 4 });
        advance(code, firstB, shape.packed ? across * 4 * shape.k : dot ? width * right : 4 * across);
        advance(code, firstC, 4 * across);
      },
    );
  }
  if (rest > 0) {
    const narrow = dot ? rest : Math.ceil(rest / 4);
    column(moved, { ...base, width: narrow, lanes: ((rest - 1) % 4) + 1 });
  }
  code.release(firstB, firstC);
}

/** A single row times B: groups of B's rows, the first of which begins the result. */
function streamed({ v, shape, a, b, c }: Work): void {
  const { code } = v;
  const pointers: Pointers = {
    a: code.local('i'),
    b: code.local('i'),
    c: code.local('i'),
    end: code.local('i'),
  };
  const bRow = 4 * shape.rightStride;
  const first = code.local('i');
  set(code, pointers.a, () => code.get(a));
  set(code, first, () => code.get(b));
  const group = (depth: number, add: boolean) => {
    set(code, pointers.b, () => code.get(first));
    set(code, pointers.c, () => code.get(c));
    code.get(c);
    code.op.i32.const(4 * (shape.n - (shape.n % 4)));
    code.op.i32.add();
    code.set(pointers.end);
    streamTile(v, { depth, n: shape.n, bRow, add }, pointers);
    advance(code, pointers.a, 4 * depth);
    advance(code, first, depth * bRow);
  };
  const begin = Math.min(streamDepth, shape.k);
  const rest = (shape.k - begin) % streamDepth;
  group(begin, shape.add);
  repeat(
    code,
    () => code.op.i32.const((shape.k - begin - rest) / streamDepth),
    () => group(streamDepth, true),
  );
  if (rest > 0) group(rest, true);
  code.release(pointers.a, pointers.b, pointers.c, pointers.end, first);
}

/** The whole result, in tiles from the highest to the lowest that are needed. */
function rows(work: Work, count: () => void, known?: number): void {
  const { v, shape, a, c, tiles } = work;
  const { code } = v;
  const aRow = shape.form === 'tn' ? 4 : 4 * shape.leftStride;
  const shapes = shape.packed ? panelShapes : shape.form === 'nt' ? dotShapes : outerShapes;
  shapes.forEach(([height, width], i) => {
    const left = i === 0 ? known : known && known % shapes[i - 1]![0];
    if (left !== undefined && left < height) return;
    count();
    if (i > 0) {
      code.op.i32.const(shapes[i - 1]![0] - 1);
      code.op.i32.and();
    }
    code.op.i32.const(Math.log2(height));
    code.op.i32.shr_u();
    code.tee(tiles);
    code.if(() => {
      if (height === 1 && shape.form === 'nn' && !shape.packed) {
        streamed(work);
        return;
      }
      columns(work, height, width);
      for (const [pointer, step] of [
        [a, height * aRow],
        [c, height * 4 * shape.outputStride],
      ] as const) {
        code.get(pointer);
        code.get(tiles);
        code.op.i32.const(step);
        code.op.i32.mul();
        code.op.i32.add();
        code.set(pointer);
      }
    });
  });
}

/** A tn product: passes over A's and B's rows, each adding to all of C. */
function passes(work: Work, total: Local, output: Local): void {
  const { v, shape, a, b, c, depth } = work;
  const { code } = v;
  const { i32 } = code.op;
  const [now, nextA] = [code.local('i'), code.local('i')];
  set(code, nextA, () => code.get(a));
  code.block((out) => {
    code.loop((again) => {
      code.get(total);
      i32.eqz();
      code.brIf(out);
      code.get(total);
      i32.const(passRows);
      code.get(total);
      i32.const(passRows);
      i32.lt_u();
      code.select();
      code.tee(now);
      i32.const(4 * shape.leftStride);
      i32.mul();
      code.set(depth);
      set(code, a, () => code.get(nextA));
      set(code, c, () => code.get(output));
      rows(work, () => i32.const(shape.k), shape.k);
      code.get(nextA);
      code.get(depth);
      i32.add();
      code.set(nextA);
      code.get(b);
      code.get(now);
      i32.const(4 * shape.rightStride);
      i32.mul();
      i32.add();
      code.set(b);
      code.get(total);
      code.get(now);
      i32.sub();
      code.set(total);
      code.br(again);
    });
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
  set(code, c, () => code.get(output));
  const elements = shape.form === 'nt' ? shape.k - (shape.k % 4) : shape.k;
  set(code, work.depth, () => code.op.i32.const(4 * elements));
  rows(work, () => code.get(total));
}

/**
 * Gives the function of a product, made once for each shape: (left, right, output: byte addresses; rows).
 * `tn` always adds to the output.
 * @param relaxed whether the engine validates `f32x4.relaxed_madd`
 */
export function products(module: Module, relaxed: boolean): (shape: ProductShape) => FunctionHandle {
  const made = new Map<string, FunctionHandle>();
  return (shape) => {
    const { form, k, n, leftStride, rightStride, outputStride, add, packed } = shape;
    const right = packed ? 'panels' : rightStride;
    const name = `product_${form}_${k}x${n}_${leftStride}_${right}_${outputStride}${add ? '_add' : ''}`;
    const known = made.get(name);
    if (known) return known;
    const handle = module.function({ name, params: ['i', 'i', 'i', 'i'] }, (code) =>
      product(code, shape, relaxed),
    );
    made.set(name, handle);
    return handle;
  };
}
