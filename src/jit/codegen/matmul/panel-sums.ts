/**
 * Sums of outer products, C[k,n] += A[M,k]ᵀ B[M,n], where the matrices are large: some rows of both operands at a time are
 * copied into panels, A's as wide as a tile is high and B's as wide as a tile. Then every tile reads both from first to last,
 * and the tiles follow the rows of C, each of which is read and written once for all these rows.
 */
import { blockRows, type Product } from '../../schedule/program.ts';
import type { Code, FunctionHandle, Local } from '../../wasm/assembler.ts';
import { advance, repeat, set } from '../../wasm/loops.ts';
import type { Module } from '../../wasm/module.ts';
import { type Vectors, vectors } from '../../wasm/vectors.ts';
import type { PackShape } from './packing.ts';
import { outerTile, type Pointers } from './tiles.ts';

/** What the code of such a sum depends on. */
export type SumShape = Pick<Product, 'k' | 'n' | 'leftStride' | 'rightStride' | 'outputStride'>;

/** Rows and vectors of a tile: eight accumulators. */
const height = 4;
const width = 2;

/**
 * Gives the function of a sum, made once for each shape: (left, right, output: byte addresses; rows; room: the address of
 * `roomOf` floats).
 * @param relaxed whether the engine validates `f32x4.relaxed_madd`
 */
export function panelSums(
  module: Module,
  relaxed: boolean,
  packing: (shape: PackShape) => FunctionHandle,
): (shape: SumShape) => FunctionHandle {
  const made = new Map<string, FunctionHandle>();
  return (shape) => {
    const { k, n, leftStride, rightStride, outputStride } = shape;
    const name = `product_tn_panels_${k}x${n}_${leftStride}_${rightStride}_${outputStride}`;
    const known = made.get(name);
    if (known) return known;
    const packLeft = packing({ n: k, stride: leftStride, width: 1 });
    const packRight = packing({ n, stride: rightStride, width });
    const handle = module.function({ name, params: ['i', 'i', 'i', 'i', 'i'] }, (code) =>
      sum(vectors(code, relaxed), shape, { packLeft, packRight }),
    );
    made.set(name, handle);
    return handle;
  };
}

interface Packs {
  readonly packLeft: FunctionHandle;
  readonly packRight: FunctionHandle;
}

/** Blocks of rows, each packed and added to all of C. */
function sum(v: Vectors, shape: SumShape, { packLeft, packRight }: Packs): void {
  const { code } = v;
  const { i32 } = code.op;
  const [a, b, output, left, room] = code.params as [Local, Local, Local, Local, Local];
  const [now, second] = [code.local('i'), code.local('i')];
  code.get(room);
  i32.const(16 * blockRows * Math.ceil(shape.k / height));
  i32.add();
  code.set(second);
  const pack = (from: Local, to: Local, handle: FunctionHandle) => {
    for (const argument of [from, to, now]) code.get(argument);
    code.call(handle);
  };
  const behind = (pointer: Local, stride: number) => {
    code.get(pointer);
    code.get(now);
    i32.const(4 * stride);
    i32.mul();
    i32.add();
    code.set(pointer);
  };
  code.block((out) => {
    code.loop((again) => {
      code.get(left);
      i32.eqz();
      code.brIf(out);
      pushLesser(code, left, blockRows);
      code.set(now);
      pack(a, room, packLeft);
      pack(b, second, packRight);
      strips(v, shape, { left: room, right: second, output, rows: now });
      behind(a, shape.leftStride);
      behind(b, shape.rightStride);
      code.get(left);
      code.get(now);
      i32.sub();
      code.set(left);
      code.br(again);
    });
  });
}

/** Pushes the variable, or the number where that is less. */
function pushLesser(code: Code, local: Local, most: number): void {
  code.get(local);
  code.op.i32.const(most);
  code.get(local);
  code.op.i32.const(most);
  code.op.i32.lt_u();
  code.select();
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
  const names = ['a', 'b', 'c', 'end'] as const;
  const pointers = Object.fromEntries(names.map((name) => [name, code.local('i')])) as unknown as Pointers;
  const [top, first] = [code.local('i'), code.local('i')];
  set(code, top, () => code.get(left));
  set(code, first, () => code.get(output));
  const one = (lines: number) => {
    set(code, pointers.b, () => code.get(right));
    set(code, pointers.c, () => code.get(first));
    code.get(top);
    code.get(rows);
    code.op.i32.const(4 * height);
    code.op.i32.mul();
    code.op.i32.add();
    code.set(pointers.end);
    strip(v, shape, { pointers, top, lines });
    set(code, top, () => code.get(pointers.end));
    advance(code, first, 4 * lines * shape.outputStride);
  };
  repeat(
    code,
    () => code.op.i32.const(Math.floor(shape.k / height)),
    () => one(height),
  );
  if (shape.k % height > 0) one(shape.k % height);
  code.release(...names.map((name) => pointers[name]), top, first);
}

/** The tiles of some lines of C, from left to right: a tile ends where the next one's panel begins. */
function strip(
  v: Vectors,
  shape: SumShape,
  { pointers, top, lines }: { readonly pointers: Pointers; readonly top: Local; readonly lines: number },
): void {
  const { code } = v;
  const tile = (columns: number) => {
    set(code, pointers.a, () => code.get(top));
    const size = { height: lines, width: Math.ceil(columns / 4), lanes: ((columns - 1) % 4) + 1 };
    const steps = { aRow: 4, aStep: 4 * height, bRow: 16 * width, cRow: 4 * shape.outputStride };
    outerTile(v, { ...size, ...steps, add: true }, pointers);
  };
  const across = 4 * width;
  repeat(
    code,
    () => code.op.i32.const(Math.floor(shape.n / across)),
    () => {
      tile(across);
      advance(code, pointers.c, 4 * across);
    },
  );
  if (shape.n % across > 0) tile(shape.n % across);
}
