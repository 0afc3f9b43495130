/**
 * Sums of outer products, C[k,n] += A[M,k]ᵀ B[M,n], where the matrices are large: some rows of both operands at a time are
 * copied into panels, A's as wide as a tile is high and B's as wide as a tile. Then every tile reads both from first to last,
 * and the tiles follow the rows of C, each of which is read and written once for all these rows.
 */
import { blockRows, type Product } from '../../schedule/program.ts';
import type { FunctionHandle, Local } from '../../wasm/assembler.ts';
import { advance, int, push, set } from '../../wasm/integers.ts';
import type { Module } from '../../wasm/module.ts';
import { type Vectors, vectors } from '../../wasm/vectors.ts';
import { inPortions, repeatUntil } from '../loops.ts';
import { lastLanes } from '../memory.ts';
import type { PackShape } from './packing.ts';
import { outerTile, type Pointers, pointersIn } from './tiles.ts';

/** The sizes that the code of such a sum depends on. */
export type SumShape = Pick<Product, 'k' | 'n' | 'leftStride' | 'rightStride' | 'outputStride'>;

/** Rows and vectors of a tile: eight accumulators. */
const height = 4;
const width = 2;

/**
 * Gives the function of a sum, made once for each shape: (left, right, output: byte addresses; rows; workspace: the address of
 * `workspaceFloats` floats).
 * @param relaxed whether the engine validates `f32x4.relaxed_madd`
 */
export function panelSums(
  module: Module,
  relaxed: boolean,
  packing: (shape: PackShape) => FunctionHandle,
): (shape: SumShape) => FunctionHandle {
  return (shape) => {
    const { k, n, leftStride, rightStride, outputStride } = shape;
    const name = `product_tn_panels_${k}x${n}_${leftStride}_${rightStride}_${outputStride}`;
    const packLeft = packing({ n: k, stride: leftStride, width: 1 });
    const packRight = packing({ n, stride: rightStride, width });
    return module.once({ name, params: ['i', 'i', 'i', 'i', 'i'] }, (code) =>
      sum(vectors(code, relaxed), shape, { packLeft, packRight }),
    );
  };
}

interface Packs {
  readonly packLeft: FunctionHandle;
  readonly packRight: FunctionHandle;
}

/** Blocks of rows, each packed and added to all of C. */
function sum(v: Vectors, shape: SumShape, { packLeft, packRight }: Packs): void {
  const { code } = v;
  const [a, b, output, left, workspace] = code.params as [Local, Local, Local, Local, Local];
  const [now, second] = [code.local('i'), code.local('i')];
  set(code, second, int.add(workspace, 16 * blockRows * Math.ceil(shape.k / height)));
  const pack = (from: Local, to: Local, handle: FunctionHandle) => {
    push(code, from, to, now);
    code.call(handle);
  };
  repeatUntil(code, int.eqz(left), () => {
    set(code, now, int.select(left, blockRows, int.lt_u(left, blockRows)));
    pack(a, workspace, packLeft);
    pack(b, second, packRight);
    strips(v, shape, { left: workspace, right: second, output, rows: now });
    advance(code, a, int.mul(now, 4 * shape.leftStride));
    advance(code, b, int.mul(now, 4 * shape.rightStride));
    set(code, left, int.sub(left, now));
  });
}

interface Block {
  readonly left: Local;
  readonly right: Local;
  readonly output: Local;
  readonly rows: Local;
}

/** All of C, one strip of A after the other. */
function strips(v: Vectors, shape: SumShape, { left, right, output, rows }: Block): void {
  const { code } = v;
  const pointers = pointersIn(code);
  const [top, first] = [code.local('i'), code.local('i')];
  set(code, top, left);
  set(code, first, output);
  inPortions(code, { count: shape.k, size: height }, (lines) => {
    set(code, pointers.b, right);
    set(code, pointers.c, first);
    set(code, pointers.end, int.add(top, int.mul(rows, 4 * height)));
    strip(v, shape, { pointers, top, lines });
    set(code, top, pointers.end);
    advance(code, first, 4 * lines * shape.outputStride);
  });
  code.release(...Object.values(pointers), top, first);
}

/** The tiles of some lines of C, from left to right: a tile ends where the next one's panel begins. */
function strip(
  v: Vectors,
  shape: SumShape,
  { pointers, top, lines }: { readonly pointers: Pointers; readonly top: Local; readonly lines: number },
): void {
  const { code } = v;
  const across = 4 * width;
  const next = () => advance(code, pointers.c, 4 * across);
  inPortions(code, { count: shape.n, size: across, next }, (columns) => {
    set(code, pointers.a, top);
    const size = { height: lines, width: Math.ceil(columns / 4), lanes: lastLanes(columns) };
    const steps = { aRow: 4, aStep: 4 * height, bRow: 16 * width, cRow: 4 * shape.outputStride };
    outerTile(v, { ...size, ...steps, add: true }, pointers);
  });
}
