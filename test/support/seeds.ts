/**
 * The random cases of all properties are the same in every run, so that a change is what makes a test fail, and not luck.
 * `ENGRAM_SEED=random npm test` tries new ones, `ENGRAM_SEED=123` those of a failure, whose seed fast-check prints.
 */
import fc from 'fast-check';

/** The seed that a value of ENGRAM_SEED asks for. */
export function seedOf(asked: string | undefined): number {
  if (asked === 'random') return Math.floor(Math.random() * 2 ** 31);
  const seed = Number(asked ?? 1);
  if (Number.isInteger(seed)) return seed;
  throw new Error(`ENGRAM_SEED: expected a whole number or random, got ${asked}`);
}

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: seedOf(process.env.ENGRAM_SEED) });
