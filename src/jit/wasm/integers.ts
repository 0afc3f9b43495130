/**
 * A small language for addresses and counters, as vectors.ts is for four floats: a value is written as nested calls, and
 * pushes its instructions in that order. Nothing is computed while compiling but the constants themselves.
 */
import type { Code, Local } from './assembler.ts';

/** A 32-bit integer: a variable, a constant, or an expression that pushes one. */
export type Int = Local | number | ((code: Code) => void);

/** Pushes integers one after the other. */
export function push(code: Code, ...values: readonly Int[]): void {
  for (const value of values)
    if (typeof value === 'number') code.op.i32.const(value);
    else if (typeof value === 'function') value(code);
    else code.get(value);
}

/** Instructions of two integers, by their names in WebAssembly. */
const binary = [
  'add',
  'sub',
  'mul',
  'and',
  'or',
  'xor',
  'shl',
  'shr_s',
  'shr_u',
  'eq',
  'ne',
  'lt_s',
  'lt_u',
  'gt_s',
  'gt_u',
  'ge_s',
] as const;

type Binary = Readonly<Record<(typeof binary)[number], (a: Int, b: Int) => Int>>;

/** Expressions: `int.add(base, int.mul(index, 4))`. */
export const int = {
  ...(Object.fromEntries(
    binary.map((name) => [
      name,
      (a: Int, b: Int) => (code: Code) => {
        push(code, a, b);
        code.op.i32[name]();
      },
    ]),
  ) as Binary),
  eqz: (a: Int) => (code: Code) => {
    push(code, a);
    code.op.i32.eqz();
  },
  /** The word at an address, and so many bytes further on. */
  load:
    (address: Int, offset = 0) =>
    (code: Code) => {
      push(code, address);
      code.op.i32.load(offset);
    },
  /** The variable, which becomes this value. */
  tee: (local: Local, value: Int) => (code: Code) => {
    push(code, value);
    code.tee(local);
  },
  /** `a` where the condition is not 0, else `b`. */
  select: (a: Int, b: Int, condition: Int) => (code: Code) => {
    push(code, a, b, condition);
    code.select();
  },
} as const;

/** Gives a variable a value. */
export function set(code: Code, target: Local, value: Int): void {
  push(code, value);
  code.set(target);
}

/** A variable with a value. */
export function variable(code: Code, value: Int): Local {
  const local = code.local('i');
  set(code, local, value);
  return local;
}

/** local += by, mostly an address and bytes. */
export function advance(code: Code, local: Local, by: Int): void {
  set(code, local, int.add(local, by));
}

/** The address of element `index` of lines of so many floats. */
export const elementAt = (base: Int, index: Int, floats: number): Int =>
  int.add(base, int.mul(index, floats * 4));

/** The address some floats further on. */
export const floatsOn = (base: Int, floats: number): Int => (floats === 0 ? base : int.add(base, floats * 4));
