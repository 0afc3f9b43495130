/** What every emitter of loops needs: a variable set, and a body run some number of times. */
import type { Code, Local } from './assembler.ts';

/** Gives a variable the value that is pushed. */
export function set(code: Code, target: Local, value: () => void): void {
  value();
  code.set(target);
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
