/** How sure a share is that was counted on few trials. */
import { type Interval, NORMAL_95 } from './interval.ts';

/**
 * Wilson's 95 % interval of a share (Wilson 1927): with p = successes / trials,
 *   (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
 * It stays within 0 and 1, and means something at 0 and at all successes, where p -+ z sqrt(p (1 - p) / n) has no width.
 * @param trials need not be whole: a share that is known as well as from so many
 */
export function wilson(successes: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const p = successes / trials;
  const square = NORMAL_95 ** 2 / trials;
  const half = NORMAL_95 * Math.sqrt((p * (1 - p)) / trials + square / (4 * trials));
  const at = (sign: number) => Math.min(1, Math.max(0, (p + square / 2 + sign * half) / (1 + square)));
  return { low: successes === 0 ? 0 : at(-1), high: successes === trials ? 1 : at(1) };
}
