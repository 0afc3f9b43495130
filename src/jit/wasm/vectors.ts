/**
 * A small language for code on four floats at a time. An `Expression` writes the instructions that leave one vector on
 * the stack; a formula is written as nested calls in the order of the mathematics. Nothing is computed while
 * compiling: the engine's own optimizer folds and schedules.
 */
import type { Code, Local } from './assembler.ts';
import { floatLanes, intLanes } from './bytes.ts';

/** Writes code that pushes one v128. Writing it twice computes it twice: `keep` what is used more than once. */
export type Expression = () => void;

type Binary = (a: Expression, b: Expression) => Expression;
type Unary = (a: Expression) => Expression;

/** The operations that expressions are built from; see `vectors`. */
export interface Vectors {
  readonly code: Code;
  readonly add: Binary;
  readonly subtract: Binary;
  readonly multiply: Binary;
  readonly divide: Binary;
  /** b < a ? b : a. A NaN in `a` stays, a NaN in `b` does not. */
  readonly min: Binary;
  /** a < b ? b : a, likewise. */
  readonly max: Binary;
  readonly less: Binary;
  readonly lessEqual: Binary;
  readonly equal: Binary;
  readonly notEqual: Binary;
  readonly and: Binary;
  readonly or: Binary;
  readonly xor: Binary;
  readonly addInts: Binary;
  readonly subtractInts: Binary;
  readonly absolute: Unary;
  readonly negate: Unary;
  readonly squareRoot: Unary;
  readonly floor: Unary;
  readonly ceil: Unary;
  readonly nearest: Unary;
  readonly fromInts: Unary;
  /** a * b + c, rounded once or twice depending on what the engine offers. */
  multiplyAdd(a: Expression, b: Expression, c: Expression): Expression;
  /** c - a * b, likewise. */
  multiplySubtract(a: Expression, b: Expression, c: Expression): Expression;
  /** `a` where the mask's bits are 1, `b` elsewhere. */
  select(mask: Expression, a: Expression, b: Expression): Expression;
  /** Sixteen bytes of two vectors, by their numbers: 0 to 15 of `a`, 16 to 31 of `b`. */
  shuffle(a: Expression, b: Expression, bytes: readonly number[]): Expression;
  /** Integers shifted left, or right keeping the sign. */
  shiftLeft(a: Expression, bits: number): Expression;
  shiftRight(a: Expression, bits: number): Expression;
  /** One number in every lane. */
  number(value: number): Expression;
  /** One 32-bit pattern in every lane. */
  bits(value: number): Expression;
  /** Four 32-bit patterns. */
  pattern(values: readonly number[]): Expression;
  /** Stores `a` now in a variable of the innermost `scope`; reads of it cost nothing. */
  keep(a: Expression): Expression;
  /** The value in a variable. */
  read(local: Local): Expression;
  /** An expression with variables of its own, free again after it. */
  scope(body: () => Expression): Expression;
  /** c[0] + c[1] x + c[2] x^2 + ..., by Horner's rule; `x` is kept. */
  polynomial(x: Expression, coefficients: readonly number[]): Expression;
}

type Fused = Pick<Vectors, 'multiplyAdd' | 'multiplySubtract'>;

/** Products and sums in one rounding or in two. */
function fused(code: Code, relaxed: boolean): Fused {
  const { f32x4 } = code.op;
  const operands = (...all: Expression[]) => {
    for (const write of all) write();
  };
  if (relaxed) {
    return {
      multiplyAdd: (a, b, c) => () => {
        operands(a, b, c);
        f32x4.relaxed_madd();
      },
      multiplySubtract: (a, b, c) => () => {
        operands(a, b, c);
        f32x4.relaxed_nmadd();
      },
    };
  }
  return {
    multiplyAdd: (a, b, c) => () => {
      operands(a, b);
      f32x4.mul();
      c();
      f32x4.add();
    },
    multiplySubtract: (a, b, c) => () => {
      operands(c, a, b);
      f32x4.mul();
      f32x4.sub();
    },
  };
}

type Scoped = Pick<Vectors, 'keep' | 'read' | 'scope'>;

/** Variables that live as long as the expression they are part of. */
function scoped(code: Code): Scoped {
  let current: Local[] = [];
  const read = (local: Local) => () => code.get(local);
  return {
    read,
    keep(a) {
      a();
      const local = code.local('v');
      code.set(local);
      current.push(local);
      return read(local);
    },
    scope: (body) => () => {
      const outer = current;
      current = [];
      body()();
      code.release(...current);
      current = outer;
    },
  };
}

type Instruction = () => void;

const binary =
  (instruction: Instruction): Binary =>
  (a, b) =>
  () => {
    a();
    b();
    instruction();
  };

const unary =
  (instruction: Instruction): Unary =>
  (a) =>
  () => {
    a();
    instruction();
  };

/** Arithmetic and comparison of floats. */
function onFloats({ op: { f32x4 } }: Code) {
  return {
    add: binary(f32x4.add),
    subtract: binary(f32x4.sub),
    multiply: binary(f32x4.mul),
    divide: binary(f32x4.div),
    min: binary(f32x4.pmin),
    max: binary(f32x4.pmax),
    less: binary(f32x4.lt),
    lessEqual: binary(f32x4.le),
    equal: binary(f32x4.eq),
    notEqual: binary(f32x4.ne),
    absolute: unary(f32x4.abs),
    negate: unary(f32x4.neg),
    squareRoot: unary(f32x4.sqrt),
    floor: unary(f32x4.floor),
    ceil: unary(f32x4.ceil),
    nearest: unary(f32x4.nearest),
    fromInts: unary(f32x4.convert_i32x4_s),
  };
}

/** Operations on a vector as bits or integers. */
function onBits({ op: { v128, i32x4, i32, i8x16 } }: Code) {
  const shift = (instruction: Instruction) => (a: Expression, bits: number) => () => {
    a();
    i32.const(bits);
    instruction();
  };
  return {
    and: binary(v128.and),
    or: binary(v128.or),
    xor: binary(v128.xor),
    addInts: binary(i32x4.add),
    subtractInts: binary(i32x4.sub),
    shiftLeft: shift(i32x4.shl),
    shiftRight: shift(i32x4.shr_s),
    select: (mask: Expression, a: Expression, b: Expression) => () => {
      a();
      b();
      mask();
      v128.bitselect();
    },
    shuffle: (a: Expression, b: Expression, bytes: readonly number[]) => () => {
      a();
      b();
      i8x16.shuffle(bytes);
    },
    number: (value: number) => () => v128.const(floatLanes(value, value, value, value)),
    bits: (value: number) => () => v128.const(intLanes(value, value, value, value)),
    pattern: (values: readonly number[]) => () => v128.const(intLanes(...values)),
  };
}

/**
 * The language over one function's code.
 * @param relaxed whether the engine validates `f32x4.relaxed_madd`
 */
export function vectors(code: Code, relaxed: boolean): Vectors {
  const products = fused(code, relaxed);
  const bits = onBits(code);
  return {
    code,
    ...products,
    ...scoped(code),
    ...onFloats(code),
    ...bits,
    polynomial(x, coefficients) {
      const last = bits.number(coefficients.at(-1)!);
      return coefficients
        .slice(0, -1)
        .reduceRight((sum, c) => products.multiplyAdd(sum, x, bits.number(c)), last);
    },
  };
}
