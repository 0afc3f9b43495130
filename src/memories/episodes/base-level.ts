/**
 * Prominence: what was used often and lately is at hand (the base level of ACT-R, Anderson and Schooler 1991), and with it
 * how likely and how fast it is recalled. Plain data and functions; the last uses are kept one by one, and of those before
 * only how many there were and when the first was (Petrov 2006).
 */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';

/** The uses of something. */
export interface Uses {
  /** The last ones, in their order. */
  readonly recent: readonly number[];
  readonly count: number;
  readonly first: number;
}

/** Uses as plain data. */
export const usesSchema = z
  .strictObject({ recent: z.array(z.number()).min(1), count: z.int().min(1), first: z.number() })
  .refine(
    ({ recent, count, first }) =>
      recent.every((time, at) => time >= (recent[at - 1] ?? first)) && count >= recent.length,
    'expected times in their order, no earlier than the first and no more than the count',
  );

/** How uses fade. */
export interface FadeOptions {
  /** d; 0.5 where it is left out. */
  readonly decay?: number;
  /** Ages below this count as this, in units of time; 1 where it is left out. */
  readonly youngest?: number;
}

/** How many uses are kept one by one, where nothing else is said. */
const KEPT = 10;

/**
 * The uses with one more.
 * @param keep how many of the last are kept one by one
 * @throws UsageError on a time before the last use
 */
export function used(uses: Uses | undefined, time: number, keep = KEPT): Uses {
  if (!Number.isFinite(time)) throw new UsageError(`used: expected a finite time, got ${time}`);
  if (!uses) return { recent: [time], count: 1, first: time };
  const last = uses.recent.at(-1)!;
  if (time < last)
    throw new UsageError(`used: expected a time of at least ${last}, the last use, got ${time}`);
  return { recent: [...uses.recent, time].slice(-keep), count: uses.count + 1, first: uses.first };
}

/**
 * B = ln sum_j (t - t_j)^-d. Of uses that are no longer kept one by one, as if they were spread evenly over their time:
 * (n - k) (a^(1-d) - b^(1-d)) / ((1-d) (a - b)), with a the age of the first use and b that of the oldest that is kept.
 * @throws UsageError on a time before the last use
 */
export function baseLevel(uses: Uses, now: number, { decay = 0.5, youngest = 1 }: FadeOptions = {}): number {
  const last = uses.recent.at(-1)!;
  if (!(now >= last))
    throw new UsageError(`baseLevel: expected a time of at least ${last}, the last use, got ${now}`);
  const age = (time: number) => Math.max(youngest, now - time);
  const recent = uses.recent.reduce((sum, time) => sum + age(time) ** -decay, 0);
  const older = uses.count - uses.recent.length;
  if (older === 0) return Math.log(recent);
  return Math.log(recent + older * meanPower(age(uses.recent[0]!), age(uses.first), decay));
}

/** The mean of x^-d over the ages from the younger to the older. */
function meanPower(younger: number, older: number, decay: number): number {
  if (older - younger < 1e-9 * older) return older ** -decay;
  const integral =
    decay === 1 ? Math.log(older / younger) : (older ** (1 - decay) - younger ** (1 - decay)) / (1 - decay);
  return integral / (older - younger);
}

/** What recall asks of an activation. */
export interface RecallRule {
  /** tau; 0 where it is left out. */
  readonly threshold?: number;
  /** s; 0.25 where it is left out. */
  readonly noise?: number;
}

/** P = 1 / (1 + e^(-(A - tau) / s)), the share of attempts that recall it (Anderson and Lebiere 1998). */
export function recallProbability(
  activation: number,
  { threshold = 0, noise = 0.25 }: RecallRule = {},
): number {
  return 1 / (1 + Math.exp((threshold - activation) / noise));
}

/** F e^-A, the time that recall takes, in the units of `factor`. */
export function recallLatency(activation: number, factor = 1): number {
  return factor * Math.exp(-activation);
}

/**
 * How many of a kind there seem to be: by how many come to mind, not by how many there are (Tversky and Kahneman 1973).
 * The sum of the probabilities to recall each.
 */
export function availability(activations: Iterable<number>, rule: RecallRule = {}): number {
  let sum = 0;
  for (const activation of activations) sum += recallProbability(activation, rule);
  return sum;
}
