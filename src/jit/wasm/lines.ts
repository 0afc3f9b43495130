/** Loops of a known number of turns, and addresses in steps of floats: what code that walks along lines is made of. */
import type { Code, Local } from './assembler.ts';

/** Runs `body` `count` times; `body` gets the variable that counts from 0. */
export function repeat(code: Code, count: number, body: (index: Local) => void): void {
  if (count === 0) return;
  const index = code.local('i');
  code.op.i32.const(0);
  code.set(index);
  code.loop((again) => {
    body(index);
    next(code, index, () => code.op.i32.const(count));
    code.brIf(again);
  });
  code.release(index);
}

/** Goes on counting from where the variable stands, and runs `body` for each number below the pushed limit. */
export function repeatUpTo(code: Code, index: Local, limit: () => void, body: () => void): void {
  code.get(index);
  limit();
  code.op.i32.lt_s();
  code.if(() =>
    code.loop((again) => {
      body();
      next(code, index, limit);
      code.brIf(again);
    }),
  );
}

/** Counts one up, and pushes whether that is still below the pushed limit. */
function next(code: Code, index: Local, limit: () => void): void {
  const { i32 } = code.op;
  code.get(index);
  i32.const(1);
  i32.add();
  code.tee(index);
  limit();
  i32.lt_s();
}

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
