/** Four floats of a line of memory at a time, or the first one to three of them, next to one another or apart. */
import { type Int, push } from '../wasm/integers.ts';
import type { Expression, Vectors } from '../wasm/vectors.ts';

/** How many of a vector's four elements are meant. */
export type Lanes = 1 | 2 | 3 | 4;

/** How many elements the last vector of a row of `count` holds. */
export const lastLanes = (count: number): Lanes => (((count - 1) % 4) + 1) as Lanes;

/** Which elements: the first one, counted in floats from the address, and how far apart they are. */
export interface Spot {
  readonly element: number;
  readonly stride: number;
  readonly lanes: Lanes;
}

/** Reads a vector; lanes beyond those meant are unspecified. A stride of 0 gives one element in all lanes. */
export function loadVector(v: Vectors, address: Int, { element, stride, lanes }: Spot): Expression {
  const at = element * 4;
  if (stride === 0) return v.splat(address, at);
  if (lanes === 1) return v.loadOne(address, at);
  if (stride === 1) return lanes === 2 ? v.loadTwo(address, at) : v.load(address, at);
  return () => {
    // All addresses come before the vector that each lane is put into.
    for (let lane = 1; lane < lanes; lane++) push(v.code, address);
    v.loadOne(address, at)();
    for (let lane = 1; lane < lanes; lane++) v.code.op.v128.load32_lane(at + lane * stride * 4, lane);
  };
}

/** Writes the lanes that are meant and no others. */
export function storeVector(v: Vectors, address: Int, value: Expression, spot: Spot): void {
  const { element, stride, lanes } = spot;
  if (lanes === 1 || (stride === 1 && lanes !== 3)) {
    storeAdjacent(v, address, value, spot);
    return;
  }
  const { code } = v;
  const local = code.local('v');
  v.set(local, value);
  if (stride === 1) storeAdjacent(v, address, v.read(local), spot);
  else {
    for (let lane = 0; lane < lanes; lane++) {
      push(code, address, local);
      code.op.v128.store32_lane((element + lane * stride) * 4, lane);
    }
  }
  code.release(local);
}

/** Writes lanes next to one another; three take two stores, so that the value must be one that is cheap to read twice. */
export function storeAdjacent(
  { code }: Vectors,
  address: Int,
  value: Expression,
  { element, lanes }: Pick<Spot, 'element' | 'lanes'>,
): void {
  const { v128 } = code.op;
  const store = (write: () => void) => {
    push(code, address);
    value();
    write();
  };
  const at = element * 4;
  if (lanes === 4) store(() => v128.store(at));
  if (lanes === 2 || lanes === 3) store(() => v128.store64_lane(at, 0));
  if (lanes === 1 || lanes === 3) store(() => v128.store32_lane(at + 4 * (lanes - 1), lanes - 1));
}
