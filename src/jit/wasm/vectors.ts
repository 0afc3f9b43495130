/**
 * A small language for code on four floats at a time. An `Expression` writes the instructions that leave one vector on
 * the stack; a formula is written as nested calls in the order of the mathematics. Nothing is computed while
 * compiling: the engine's own optimizer folds and schedules.
 */
import type { Code, Local } from './assembler.ts';
import { floatLanes, intLanes } from './bytes.ts';
import { type Int, push } from './integers.ts';

/** Writes code that pushes one v128. Writing it twice computes it twice: `keep` what is used more than once. */
export type Expression = () => void;

type Instruction = () => void;
type Unary = (a: Expression) => Expression;
type Binary = (a: Expression, b: Expression) => Expression;
type Ternary = (a: Expression, b: Expression, c: Expression) => Expression;

/** An instruction with its operands, in the order in which it takes them. */
const operation =
  (instruction: Instruction) =>
  (...operands: readonly Expression[]): Expression =>
  () => {
    for (const write of operands) write();
    instruction();
  };
const unary: (instruction: Instruction) => Unary = operation;
const binary: (instruction: Instruction) => Binary = operation;
const ternary: (instruction: Instruction) => Ternary = operation;

/** Arithmetic and comparison of floats. */
function onFloats({ op: { f32x4 } }: Code) {
  return {
    add: binary(f32x4.add),
    subtract: binary(f32x4.sub),
    multiply: binary(f32x4.mul),
    divide: binary(f32x4.div),
    /** b < a ? b : a. A NaN in `a` stays, a NaN in `b` does not. */
    min: binary(f32x4.pmin),
    /** a < b ? b : a, likewise. */
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

/** Products and sums in one rounding, where the engine has that, or in two. */
function fused({ op: { f32x4 } }: Code, relaxed: boolean) {
  const [add, subtract, multiply] = [binary(f32x4.add), binary(f32x4.sub), binary(f32x4.mul)];
  const twice: Ternary = (a, b, c) => add(multiply(a, b), c);
  const twiceNegated: Ternary = (a, b, c) => subtract(c, multiply(a, b));
  return {
    /** a * b + c. */
    multiplyAdd: relaxed ? ternary(f32x4.relaxed_madd) : twice,
    /** c - a * b. */
    multiplySubtract: relaxed ? ternary(f32x4.relaxed_nmadd) : twiceNegated,
  };
}

/** Operations on a vector as bits or integers, and constants. */
function onBits({ op: { v128, i32x4, i32, i8x16 } }: Code) {
  const shift = (instruction: Instruction) => (a: Expression, bits: number) =>
    binary(instruction)(a, () => i32.const(bits));
  return {
    and: binary(v128.and),
    or: binary(v128.or),
    xor: binary(v128.xor),
    addInts: binary(i32x4.add),
    subtractInts: binary(i32x4.sub),
    shiftLeft: shift(i32x4.shl),
    /** Keeps the sign of integers. */
    shiftRight: shift(i32x4.shr_s),
    /** `a` where the mask's bits are 1, `b` elsewhere. */
    select: (mask: Expression, a: Expression, b: Expression) => ternary(v128.bitselect)(a, b, mask),
    /** Sixteen bytes of two vectors, by their numbers: 0 to 15 of `a`, 16 to 31 of `b`. */
    shuffle: (a: Expression, b: Expression, bytes: readonly number[]) =>
      binary(() => i8x16.shuffle(bytes))(a, b),
    /** One number in every lane. */
    number: (value: number) => () => v128.const(floatLanes(value, value, value, value)),
    /** One 32-bit pattern in every lane. */
    bits: (value: number) => () => v128.const(intLanes(value, value, value, value)),
    /** Ones in the bits of the lanes that are chosen by their numbers, zeros in the others. */
    mask: (isChosen: (lane: number) => boolean) => () =>
      v128.const(intLanes(...[0, 1, 2, 3].map((lane) => (isChosen(lane) ? -1 : 0)))),
  };
}

/** Reading from an address, and so many bytes further on. */
function fromMemory(code: Code) {
  const { v128 } = code.op;
  const read =
    (instruction: (offset: number) => void) =>
    (address: Int, offset = 0) =>
    () => {
      push(code, address);
      instruction(offset);
    };
  return {
    /** Four floats. */
    load: read(v128.load),
    /** One float, in every lane. */
    splat: read(v128.load32_splat),
    /** One float, and zeros. */
    loadOne: read(v128.load32_zero),
    /** Two floats, and zeros. */
    loadTwo: read(v128.load64_zero),
  };
}

/** Values in variables, and variables that live as long as the expression or the code that they are part of. */
function variables(code: Code) {
  let current: Local[] = [];
  const read = (local: Local) => () => code.get(local);
  const variable = (value: Expression) => {
    value();
    const local = code.local('v');
    code.set(local);
    return local;
  };
  const scoped = (body: () => void) => {
    const outer = current;
    current = [];
    body();
    code.release(...current);
    current = outer;
  };
  return {
    /** The value in a variable. */
    read,
    /** Gives a variable a value now. */
    set(local: Local, value: Expression) {
      value();
      code.set(local);
    },
    /** A variable with a value, until it is released. */
    variable,
    /** Stores `a` now in a variable of the innermost `scope`; reads of it cost nothing. */
    keep(a: Expression) {
      const local = variable(a);
      current.push(local);
      return read(local);
    },
    /** An expression with variables of its own, free again after it. */
    scope: (body: () => Expression) => () => scoped(() => body()()),
    /** Writes code with variables of its own, free again after it. */
    scoped,
  };
}

/**
 * The language over one function's code.
 * @param relaxed whether the engine validates `f32x4.relaxed_madd`
 */
export function vectors(code: Code, relaxed: boolean) {
  const v = {
    code,
    ...onFloats(code),
    ...fused(code, relaxed),
    ...onBits(code),
    ...fromMemory(code),
    ...variables(code),
  };
  return {
    ...v,
    /** x, but no more than `high` and no less than `low`; a NaN stays. */
    clamp: (x: Expression, low: number, high: number) => v.max(v.min(x, v.number(high)), v.number(low)),
    /** c[0] + c[1] x + c[2] x^2 + ..., by Horner's rule; `x` is kept. */
    polynomial: (x: Expression, coefficients: readonly number[]) =>
      coefficients
        .slice(0, -1)
        .reduceRight((sum, c) => v.multiplyAdd(sum, x, v.number(c)), v.number(coefficients.at(-1)!)),
  };
}

/** The operations that expressions are built from. */
export type Vectors = ReturnType<typeof vectors>;
