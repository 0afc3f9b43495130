/**
 * The innermost parts of matrix products: a tile of the result is held in vector variables while a loop runs over the
 * shared dimension (Goto and van de Geijn 2008; what is too large for the second-level cache is packed before, see packing.ts).
 * At most eight accumulators: with more the engine's register allocator spills, which costs a third of the speed.
 */
import type { Code, Local } from '../../wasm/assembler.ts';
import { advance, int } from '../../wasm/integers.ts';
import type { Expression, Vectors } from '../../wasm/vectors.ts';
import { repeatWhile } from '../loops.ts';
import { type Lanes, lastLanes, storeAdjacent } from '../memory.ts';

/** The pointers a tile starts from; `end` is where `a` is when the loop is over. */
export interface Pointers {
  readonly a: Local;
  readonly b: Local;
  readonly c: Local;
  readonly end: Local;
}

/** Variables to point with. */
export const pointersIn = (code: Code): Pointers => ({
  a: code.local('i'),
  b: code.local('i'),
  c: code.local('i'),
  end: code.local('i'),
});

/** Steps are bytes. */
export interface Tile {
  /** Rows of the tile, and vectors (outer) or single numbers (dot) of each. */
  readonly height: number;
  readonly width: number;
  /** How many numbers of each row's last vector are stored: 1 to 4. */
  readonly lanes: Lanes;
  /** From a row's element of A to the next row's; from an element to the next one of the shared dimension. */
  readonly aRow: number;
  readonly aStep: number;
  /** outer: where the vectors of a row of B begin; 16 apart when left out. */
  readonly bColumns?: readonly number[];
  /** outer: from a row of B to the next. dot: from a row of B to the next, whose elements are consecutive. */
  readonly bRow: number;
  readonly cRow: number;
  /** Whether the result is added to what is there. */
  readonly add: boolean;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Accumulators set to zero. */
const accumulators = (v: Vectors, count: number): Local[] => range(count).map(() => v.variable(v.number(0)));

function store(
  v: Vectors,
  pointer: Local,
  value: Local,
  at: { offset: number; lanes: Lanes; add: boolean },
): void {
  if (at.add) v.set(value, v.add(v.read(value), v.load(pointer, at.offset)));
  storeAdjacent(v, pointer, v.read(value), { element: at.offset / 4, lanes: at.lanes });
}

/** Runs the body until pointer `a` reaches the end, at least once. */
const walk = (code: Code, { a, end }: Pick<Pointers, 'a' | 'end'>, body: () => void) =>
  repeatWhile(code, body, int.lt_u(a, end));

/** C[height, 4 width] (+)= sum over d of A[., d] B[d, .], with the vectors along the rows of B and C. */
export function outerTile(v: Vectors, tile: Tile, pointers: Pointers): void {
  const { code } = v;
  const { height, width } = tile;
  const sums = accumulators(v, height * width);
  const columns = range(width).map(() => code.local('v'));
  const row = code.local('v');
  walk(code, pointers, () => {
    columns.forEach((column, j) => {
      v.set(column, v.load(pointers.b, tile.bColumns?.[j] ?? 16 * j));
    });
    for (const i of range(height)) {
      v.set(row, v.splat(pointers.a, i * tile.aRow));
      for (const j of range(width)) {
        const sum = sums[i * width + j]!;
        v.set(sum, v.multiplyAdd(v.read(row), v.read(columns[j]!), v.read(sum)));
      }
    }
    advance(code, pointers.a, tile.aStep);
    advance(code, pointers.b, tile.bRow);
  });
  sums.forEach((sum, at) => {
    const [i, j] = [Math.floor(at / width), at % width];
    const lanes = j === width - 1 ? tile.lanes : 4;
    store(v, pointers.c, sum, { offset: i * tile.cRow + 16 * j, lanes, add: tile.add });
  });
  code.release(...sums, ...columns, row);
}

/** Bytes that shuffles pick from two vectors: their first or second two lanes in turn, and halves of both put together. */
export const shuffles = {
  firstPairs: [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23],
  lastPairs: [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31],
  firstHalves: [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23],
  lastHalves: [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31],
} as const;

/** The vector of the four vectors' own sums. */
export function sumsOf(v: Vectors, [a, b, c, d]: readonly Expression[]): Expression {
  const pair = (x: Expression, y: Expression) =>
    v.keep(v.add(v.shuffle(x, y, shuffles.firstPairs), v.shuffle(x, y, shuffles.lastPairs)));
  return v.scope(() => {
    const [ab, cd] = [pair(a!, b!), pair(c!, d!)];
    return v.add(v.shuffle(ab, cd, shuffles.firstHalves), v.shuffle(ab, cd, shuffles.lastHalves));
  });
}

/** One step of a dot tile on vectors of A and B, masked by `only` where the rows' last numbers are fewer than four. */
function dotStep(
  v: Vectors,
  tile: Tile,
  step: { pointers: Pointers; sums: readonly Local[]; only?: Expression },
) {
  const { code } = v;
  const { pointers, sums, only } = step;
  const part = (x: Expression) => (only ? v.and(x, only) : x);
  const columns = range(tile.height).map((i) => v.variable(part(v.load(pointers.a, i * tile.aRow))));
  const row = code.local('v');
  for (const j of range(tile.width)) {
    v.set(row, part(v.load(pointers.b, j * tile.bRow)));
    for (const i of range(tile.height)) {
      const sum = sums[i * tile.width + j]!;
      v.set(sum, v.multiplyAdd(v.read(columns[i]!), v.read(row), v.read(sum)));
    }
  }
  code.release(row, ...columns);
}

/**
 * C[height, width] (+)= the products of rows of A with rows of B, with the vectors along the rows.
 * @param depth the rows' length; `pointers.end` is where a multiple of four of it ends
 */
export function dotTile(v: Vectors, tile: Tile, work: { pointers: Pointers; depth: number }): void {
  const { code } = v;
  const { pointers, depth } = work;
  const sums = accumulators(v, tile.height * tile.width);
  if (depth >= 4) {
    walk(code, pointers, () => {
      dotStep(v, tile, { pointers, sums });
      advance(code, pointers.a, 16);
      advance(code, pointers.b, 16);
    });
  }
  const rest = depth % 4;
  if (rest > 0) dotStep(v, tile, { pointers, sums, only: v.mask((lane) => lane < rest) });
  const zero = v.number(0);
  const result = code.local('v');
  for (const i of range(tile.height)) {
    for (let j = 0; j < tile.width; j += 4) {
      const four = range(4).map((k) => (j + k < tile.width ? v.read(sums[i * tile.width + j + k]!) : zero));
      v.set(result, sumsOf(v, four));
      const lanes = Math.min(4, tile.width - j) as Lanes;
      store(v, pointers.c, result, { offset: i * tile.cRow + 4 * j, lanes, add: tile.add });
    }
  }
  code.release(result, ...sums);
}

/** One row of A over several rows of B, read in the order they lie in memory. */
export interface Stream {
  /** Rows of B. */
  readonly depth: number;
  /** Numbers in a row of B and of the result. */
  readonly n: number;
  /** Bytes from a row of B to the next. */
  readonly bRow: number;
  readonly add: boolean;
}

/** C[n] (+)= A[depth] B[depth, n]: what a product of a single row is, at the speed that B is read. */
export function streamTile(v: Vectors, stream: Stream, { a, b, c, end }: Pointers): void {
  const { code } = v;
  const factors = range(stream.depth).map((d) => v.variable(v.splat(a, 4 * d)));
  const sum = code.local('v');
  const vector = () => {
    v.set(sum, stream.add ? v.load(c) : v.multiply(v.read(factors[0]!), v.load(b)));
    factors.forEach((factor, row) => {
      if (row > 0 || stream.add)
        v.set(sum, v.multiplyAdd(v.read(factor), v.load(b, row * stream.bRow), v.read(sum)));
    });
  };
  if (stream.n >= 4) {
    walk(code, { a: c, end }, () => {
      vector();
      storeAdjacent(v, c, v.read(sum), { element: 0, lanes: 4 });
      advance(code, c, 16);
      advance(code, b, 16);
    });
  }
  if (stream.n % 4 > 0) {
    vector();
    storeAdjacent(v, c, v.read(sum), { element: 0, lanes: lastLanes(stream.n) });
  }
  code.release(sum, ...factors);
}
