/** The order in which a sorting network compares the places of a line: the same whatever the line holds. */
import type { Code, Local } from '../wasm/assembler.ts';
import { advance, int, push, set } from '../wasm/integers.ts';
import { repeatUntil, repeatWhile } from './loops.ts';

/**
 * Batcher's bitonic network for any length, in the form in which all exchanges put what comes first to the lower place:
 * sorted runs of `half` become runs of twice that, first by comparing each place with its mirror image in the new run,
 * and then with the one `gap` further, for ever smaller gaps. What would lie beyond the end comes last by itself.
 */
export function network(code: Code, length: number, body: (low: Local, high: Local) => void): void {
  const [half, gap, flip] = [code.local('i'), code.local('i'), code.local('i')];
  set(code, half, 1);
  const merge = () => {
    set(code, flip, int.sub(int.shl(int.tee(gap, half), 1), 1));
    const halved = int.tee(flip, int.tee(gap, int.shr_u(gap, 1)));
    repeatWhile(code, () => overPairs(code, { length, gap, flip }, body), halved);
  };
  repeatWhile(code, merge, int.lt_s(int.tee(half, int.shl(half, 1)), length));
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
  const [pair, low, high] = [code.local('i'), code.local('i'), code.local('i')];
  set(code, pair, 0);
  // The pair's number with a 0 put in at the bit of the gap.
  const lower = int.tee(low, int.add(pair, int.and(pair, int.sub(0, gap))));
  repeatUntil(code, int.ge_s(lower, length), () => {
    push(code, int.lt_s(int.tee(high, int.xor(low, flip)), length));
    code.if(() => body(low, high));
    advance(code, pair, 1);
  });
  code.release(pair, low, high);
}
