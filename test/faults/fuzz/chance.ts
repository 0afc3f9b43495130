/** Draws that depend on a seed and a case's number alone, so that every case can be made again. */
import seedrandom from 'seedrandom';

/** Where a case takes its chances from. */
export interface Chance {
  /** 0 to n - 1. */
  int(n: number): number;
  pick<T>(list: readonly T[]): T;
  /** True with this probability. */
  often(probability: number): boolean;
  bytes(n: number): Buffer;
}

/** The draws of one case. */
export function chanceOf(seed: number, number: number): Chance {
  const uniform = seedrandom(`${seed}/${number}`);
  const int = (n: number) => Math.floor(uniform() * n);
  return {
    int,
    pick: (list) => list[int(list.length)]!,
    often: (probability) => uniform() < probability,
    bytes: (n) => Buffer.from(Array.from({ length: n }, () => int(256))),
  };
}
