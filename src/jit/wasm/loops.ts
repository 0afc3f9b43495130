/** What every emitter of loops needs: a variable set and moved on, and a body run some number of times. */
import type { Code, Local } from './assembler.ts';

/** Gives a variable the value that is pushed. */
export function set(code: Code, target: Local, value: () => void): void {
  value();
  code.set(target);
}

/** local += by, mostly an address and bytes. */
export function advance(code: Code, local: Local, by: number): void {
  code.get(local);
  code.op.i32.const(by);
  code.op.i32.add();
  code.set(local);
}

/** Runs the body as often as the number that is pushed says; 0 is allowed. */
export function repeat(code: Code, count: () => void, body: () => void): void {
  const left = code.local('i');
  set(code, left, count);
  code.block((out) => {
    code.loop((again) => {
      code.get(left);
      code.op.i32.eqz();
      code.brIf(out);
      body();
      code.get(left);
      code.op.i32.const(1);
      code.op.i32.sub();
      code.set(left);
      code.br(again);
    });
  });
  code.release(left);
}

/** Runs `body` `count` times; `body` gets the variable that counts from 0. */
export function repeatCounting(code: Code, count: number, body: (index: Local) => void): void {
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
