/** Four floats of a line of memory at a time, or the first one to three of them, next to one another or apart. */
import type { Code } from '../wasm/assembler.ts';
import { intLanes } from '../wasm/bytes.ts';
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
export function loadVector(code: Code, address: Expression, { element, stride, lanes }: Spot): Expression {
  const { v128 } = code.op;
  const at = element * 4;
  const simple = (load: (offset: number) => void) => () => {
    address();
    load(at);
  };
  if (stride === 0) return simple(v128.load32_splat);
  if (lanes === 1) return simple(v128.load32_zero);
  if (stride !== 1) return lanesApart(code, address, { element, stride, lanes });
  return simple(lanes === 2 ? v128.load64_zero : v128.load);
}

function lanesApart(code: Code, address: Expression, { element, stride, lanes }: Spot): Expression {
  const { v128 } = code.op;
  const lane = (index: number): Expression => {
    const at = (element + index * stride) * 4;
    if (index === 0)
      return () => {
        address();
        v128.load32_zero(at);
      };
    return () => {
      address();
      lane(index - 1)();
      v128.load32_lane(at, index);
    };
  };
  return lane(lanes - 1);
}

/** Writes the lanes that are meant and no others. */
export function storeVector(code: Code, address: Expression, value: Expression, spot: Spot): void {
  const { element, stride, lanes } = spot;
  if (lanes === 1 || (stride === 1 && lanes !== 3)) {
    storeAdjacent(code, address, value, spot);
    return;
  }
  const local = code.local('v');
  const kept = () => code.get(local);
  value();
  code.set(local);
  if (stride === 1) storeAdjacent(code, address, kept, spot);
  else {
    for (let lane = 0; lane < lanes; lane++) {
      address();
      kept();
      code.op.v128.store32_lane((element + lane * stride) * 4, lane);
    }
  }
  code.release(local);
}

/** Writes lanes next to one another; three take two stores, so that the value must be one that is cheap to read twice. */
export function storeAdjacent(
  code: Code,
  address: Expression,
  value: Expression,
  { element, lanes }: Pick<Spot, 'element' | 'lanes'>,
): void {
  const { v128 } = code.op;
  const store = (write: () => void) => {
    address();
    value();
    write();
  };
  const at = element * 4;
  if (lanes === 4) store(() => v128.store(at));
  if (lanes === 2 || lanes === 3) store(() => v128.store64_lane(at, 0));
  if (lanes === 1 || lanes === 3) store(() => v128.store32_lane(at + 4 * (lanes - 1), lanes - 1));
}

/** Ones in the bits of the first lanes. */
export function laneMask(v: Vectors, lanes: Lanes): Expression {
  const bit = (lane: number) => (lane < lanes ? -1 : 0);
  return () => v.code.op.v128.const(intLanes(bit(0), bit(1), bit(2), bit(3)));
}
