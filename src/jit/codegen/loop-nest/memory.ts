/** Four floats of a line of memory at a time, or the first one to three of them, next to one another or apart. */
import type { Code } from '../../wasm/assembler.ts';
import { intLanes } from '../../wasm/bytes.ts';
import type { Expression, Vectors } from '../../wasm/vectors.ts';

/** How many of a vector's four elements are meant. */
export type Lanes = 1 | 2 | 3 | 4;

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
  const { v128 } = code.op;
  const { element, stride, lanes } = spot;
  const at = element * 4;
  if (lanes === 1) {
    address();
    value();
    v128.store32_lane(at, 0);
  } else if (stride === 1 && lanes === 4) {
    address();
    value();
    v128.store(at);
  } else if (stride === 1 && lanes === 2) {
    address();
    value();
    v128.store64_lane(at, 0);
  } else storeLanes(code, address, value, spot);
}

function storeLanes(
  code: Code,
  address: Expression,
  value: Expression,
  { element, stride, lanes }: Spot,
): void {
  const { v128 } = code.op;
  const kept = code.local('v');
  value();
  code.set(kept);
  const one = (lane: number) => {
    address();
    code.get(kept);
    v128.store32_lane((element + lane * stride) * 4, lane);
  };
  if (stride === 1 && lanes === 3) {
    address();
    code.get(kept);
    v128.store64_lane(element * 4, 0);
    one(2);
  } else for (let lane = 0; lane < lanes; lane++) one(lane);
  code.release(kept);
}

/** Ones in the bits of the first lanes. */
export function laneMask(v: Vectors, lanes: Lanes): Expression {
  const bit = (lane: number) => (lane < lanes ? -1 : 0);
  return () => v.code.op.v128.const(intLanes(bit(0), bit(1), bit(2), bit(3)));
}
