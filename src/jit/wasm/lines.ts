/** Addresses in steps of floats: what code that walks along lines is made of. */
import type { Code, Local } from './assembler.ts';

/** Pushes base + index * floats * 4. */
export function pushAt(code: Code, base: Local, index: Local, floats: number): void {
  const { i32 } = code.op;
  code.get(base);
  code.get(index);
  i32.const(floats * 4);
  i32.mul();
  i32.add();
}

/** Pushes base + floats * 4. */
export function pushOffset(code: Code, base: Local, floats: number): void {
  code.get(base);
  if (floats === 0) return;
  code.op.i32.const(floats * 4);
  code.op.i32.add();
}

/** A variable with base + offset in floats. */
export function offsetFrom(code: Code, base: Local, floats: number): Local {
  const local = code.local('i');
  pushOffset(code, base, floats);
  code.set(local);
  return local;
}
