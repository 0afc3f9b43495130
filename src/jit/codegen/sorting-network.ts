/** The order in which a sorting network compares the places of a line: the same whatever the line holds. */
import type { Code, Local } from '../wasm/assembler.ts';

/**
 * Batcher's bitonic network for any length, in the form in which all exchanges put what comes first to the lower place:
 * sorted runs of `half` become runs of twice that, first by comparing each place with its mirror image in the new run,
 * and then with the one `gap` further, for ever smaller gaps. What would lie beyond the end comes last by itself.
 */
export function network(code: Code, length: number, body: (low: Local, high: Local) => void): void {
  const { i32 } = code.op;
  const [half, gap, flip] = [code.local('i'), code.local('i'), code.local('i')];
  i32.const(1);
  code.set(half);
  code.loop((longer) => {
    code.get(half);
    code.tee(gap);
    i32.const(1);
    i32.shl();
    i32.const(1);
    i32.sub();
    code.set(flip);
    code.loop((closer) => {
      overPairs(code, { length, gap, flip }, body);
      code.get(gap);
      i32.const(1);
      i32.shr_u();
      code.tee(gap);
      code.tee(flip);
      code.brIf(closer);
    });
    code.get(half);
    i32.const(1);
    i32.shl();
    code.tee(half);
    i32.const(length);
    i32.lt_s();
    code.brIf(longer);
  });
  code.release(half, gap, flip);
}

interface Pairs {
  readonly length: number;
  /** A power of two: the bit that is not set in the lower place of a pair. */
  readonly gap: Local;
  /** The bits in which the two places differ. */
  readonly flip: Local;
}

function overPairs(code: Code, { length, gap, flip }: Pairs, body: (low: Local, high: Local) => void): void {
  const { i32 } = code.op;
  const [pair, low, high] = [code.local('i'), code.local('i'), code.local('i')];
  i32.const(0);
  code.set(pair);
  code.block((out) =>
    code.loop((again) => {
      // The pair's number with a 0 put in at the bit of the gap.
      code.get(pair);
      code.get(pair);
      i32.const(0);
      code.get(gap);
      i32.sub();
      i32.and();
      i32.add();
      code.tee(low);
      i32.const(length);
      i32.ge_s();
      code.brIf(out);
      code.get(low);
      code.get(flip);
      i32.xor();
      code.tee(high);
      i32.const(length);
      i32.lt_s();
      code.if(() => body(low, high));
      code.get(pair);
      i32.const(1);
      i32.add();
      code.set(pair);
      code.br(again);
    }),
  );
  code.release(pair, low, high);
}
