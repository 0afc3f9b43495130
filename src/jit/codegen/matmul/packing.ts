/**
 * Matrices copied into panels: a few columns side by side, row after row, so that a product reads them from first to last.
 * In a large matrix the rows of a tile lie far apart in memory: they compete for the same few places of the cache, and the
 * address of each is translated anew. In a panel they are neighbors (Goto and van de Geijn 2008, section 4).
 */
import type { Code, FunctionHandle, Local } from '../../wasm/assembler.ts';
import { advance, int, push, variable } from '../../wasm/integers.ts';
import type { Module } from '../../wasm/module.ts';
import { type Expression, type Vectors, vectors } from '../../wasm/vectors.ts';
import { inPortions, repeat } from '../loops.ts';
import { shuffles } from './tiles.ts';

/** A matrix to copy, and how its panels lie. */
export interface PackShape {
  /** Columns in the panels, of which the last may be wider than what is left: what is beyond is undefined. */
  readonly n: number;
  /** Floats between the rows of the matrix. */
  readonly stride: number;
  /** Vectors in a panel's row. */
  readonly width: 1 | 2;
  /** Where the panels' columns are the matrix's rows: how long those are. */
  readonly turned?: number;
}

/** Panels written side by side: reads are whole cache lines then. */
const GROUP = 4;

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/**
 * Gives the function that copies a matrix into panels, made once for each shape: (from, to: byte addresses; rows of each
 * panel). A turned matrix has as many rows in a panel as was said, whatever the call says.
 */
export function packings(module: Module): (shape: PackShape) => FunctionHandle {
  return (shape) => {
    const { n, stride, width, turned } = shape;
    const name = `pack_${n}_${stride}_${width}${turned === undefined ? '' : `_turned${turned}`}`;
    return module.once({ name, params: ['i', 'i', 'i'] }, (code) =>
      turned === undefined ? copy(code, shape) : turn(code, shape, turned),
    );
  };
}

/** Panels of the matrix's own rows, a few side by side. */
function copy(code: Code, { n, stride, width }: PackShape): void {
  const [from, to, rows] = code.params as [Local, Local, Local];
  const panel = variable(code, int.mul(rows, 16 * width));
  const size = GROUP * width;
  const next = () => advance(code, from, 16 * size);
  inPortions(code, { count: Math.ceil(n / 4), size, next }, (columns) =>
    copyGroup(code, { from, to, rows, panel }, { stride, width, columns }),
  );
}

interface Copying {
  readonly from: Local;
  readonly to: Local;
  readonly rows: Local;
  /** Bytes of a panel. */
  readonly panel: Local;
}

/** All rows of some vectors of columns; `to` moves behind what was written. */
function copyGroup(
  code: Code,
  { from, to, rows, panel }: Copying,
  { stride, width, columns }: { readonly stride: number; readonly width: number; readonly columns: number },
): void {
  const row = variable(code, from);
  const targets = range(Math.ceil(columns / width)).map(() => {
    const target = variable(code, to);
    advance(code, to, panel);
    return target;
  });
  repeat(code, rows, () => {
    for (const column of range(columns)) {
      push(code, targets[Math.floor(column / width)]!, row);
      code.op.v128.load(16 * column);
      code.op.v128.store(16 * (column % width));
    }
    for (const target of targets) advance(code, target, 16 * width);
    advance(code, row, 4 * stride);
  });
  code.release(row, ...targets);
}

/** Panels whose columns are the matrix's rows. */
function turn(code: Code, { n, stride, width }: PackShape, length: number): void {
  const [from, to] = code.params as [Local, Local];
  const v = vectors(code, false);
  const size = 4 * width;
  const next = () => advance(code, from, 4 * stride * size);
  inPortions(code, { count: n, size, next }, (rows) =>
    turnRows(v, { from, to }, { stride, width, rows, length }),
  );
}

interface Turning {
  readonly stride: number;
  readonly width: number;
  /** Rows of the matrix that become the panel's columns. */
  readonly rows: number;
  readonly length: number;
}

/** One panel; `to` moves behind it. Where rows are missing the last is taken again. */
function turnRows(
  v: Vectors,
  { from, to }: Pick<Copying, 'from' | 'to'>,
  { stride, width, rows, length }: Turning,
): void {
  const { code } = v;
  const at = variable(code, from);
  const square = (first: number, count: number) => {
    const four = range(4).map((i) => v.keep(v.load(at, 4 * stride * Math.min(first + i, rows - 1))));
    transposed(v, four)
      .slice(0, count)
      .forEach((column, i) => {
        code.get(to);
        column();
        code.op.v128.store(16 * width * i + 4 * first);
      });
  };
  inPortions(code, { count: length, size: 4 }, (count) => {
    for (let first = 0; first < rows; first += 4) v.scoped(() => square(first, count));
    advance(code, at, 16);
    advance(code, to, 16 * width * count);
  });
  code.release(at);
}

/** The columns of four vectors that are kept. */
function transposed(v: Vectors, rows: readonly Expression[]): Expression[] {
  const [a, b, c, d] = rows as [Expression, Expression, Expression, Expression];
  return [shuffles.firstPairs, shuffles.lastPairs].flatMap((lanes) => {
    const [ab, cd] = [v.keep(v.shuffle(a, b, lanes)), v.keep(v.shuffle(c, d, lanes))];
    return [v.shuffle(ab, cd, shuffles.firstHalves), v.shuffle(ab, cd, shuffles.lastHalves)];
  });
}
