/** The loops of emitted code: while something holds, until it does, and so many times. */
import type { Code, Local } from '../wasm/assembler.ts';
import { type Int, int, push, set, variable } from '../wasm/integers.ts';

/** Runs the body, and again as long as the condition is not 0 afterwards. */
export function repeatWhile(code: Code, body: () => void, condition: Int): void {
  code.loop((again) => {
    body();
    push(code, condition);
    code.brIf(again);
  });
}

/** Runs the body until the condition, asked before each time, is not 0. */
export function repeatUntil(code: Code, condition: Int, body: () => void): void {
  code.block((out) =>
    code.loop((again) => {
      push(code, condition);
      code.brIf(out);
      body();
      code.br(again);
    }),
  );
}

/** Runs the body so many times; 0 is allowed. */
export function repeat(code: Code, count: Int, body: () => void): void {
  const left = variable(code, count);
  repeatUntil(code, int.eqz(left), () => {
    body();
    set(code, left, int.sub(left, 1));
  });
  code.release(left);
}

/** Runs `body` for `count` things, `size` at a time and then those left over; `next` comes after each whole portion. */
export function inPortions(
  code: Code,
  { count, size, next }: { readonly count: number; readonly size: number; readonly next?: () => void },
  body: (size: number) => void,
): void {
  if (count >= size)
    repeat(code, Math.floor(count / size), () => {
      body(size);
      next?.();
    });
  if (count % size > 0) body(count % size);
}

/** Runs `body` `count` times; `body` gets the variable that counts from 0. */
export function repeatCounting(code: Code, count: number, body: (index: Local) => void): void {
  if (count === 0) return;
  const index = variable(code, 0);
  repeatWhile(code, () => body(index), next(index, count));
  code.release(index);
}

/** Goes on counting from where the variable stands, and runs `body` for each number below the limit. */
export function repeatUpTo(code: Code, index: Local, limit: Int, body: () => void): void {
  push(code, int.lt_s(index, limit));
  code.if(() => repeatWhile(code, body, next(index, limit)));
}

/** Counts one up: whether that is still below the limit. */
const next = (index: Local, limit: Int): Int => int.lt_s(int.tee(index, int.add(index, 1)), limit);
