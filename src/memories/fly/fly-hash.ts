/**
 * The fly's smell code (Dasgupta, Stevens, Navlakha, Science 358:793, 2017): inputs are divided by their mean, each of many
 * units sums a few of them, drawn once and for all, and the k units with the largest sums are the tag.
 *   y = W x / mean(x),  W in {0,1}^(m x d), each row with the same number of ones;  tag = top k of y
 * An encoder and no memory: it stores nothing, and its seed is all of its state.
 */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { type Rng, rng } from '../../core/rng.ts';
import { readSettings } from '../../core/settings.ts';
import { checkVector } from '../codes.ts';
import type { Portable, Tag, Vector } from '../contracts.ts';
import { seedSchema } from '../plain.ts';
import { winners } from '../winners.ts';

const count = z.int().min(1).max(10_000_000);
const settingsSchema = z.strictObject({
  inputs: count,
  units: count.optional(),
  samples: count.optional(),
  winners: count.optional(),
  normalize: z.enum(['mean', 'center', 'none']).default('mean'),
  rates: z.boolean().default(true),
  seed: seedSchema,
});

/**
 * `inputs` d; `units` m, 10 d where it is left out; `samples` that a unit sums, a tenth of d; `winners` k, a twentieth of m.
 * `normalize` divides by the mean, or takes it away (`center`). `rates` keeps the winners' sums beside their numbers.
 */
export type FlyHashOptions = z.input<typeof settingsSchema>;

/** The same with all that was left out. */
export interface FlyHashSettings {
  readonly inputs: number;
  readonly units: number;
  readonly samples: number;
  readonly winners: number;
  readonly normalize: 'mean' | 'center' | 'none';
  readonly rates: boolean;
  readonly seed: number;
}

/** A fly hash as plain data. */
export interface FlyHashData {
  readonly schema: 'engram.fly-hash/1';
  readonly settings: FlyHashSettings;
}

/** Dense vectors to sparse tags that are alike where the vectors are. */
export class FlyHash implements Portable<FlyHashData> {
  readonly settings: FlyHashSettings;
  /** Of every input the units that sum it, one input after the other, and where each begins. */
  readonly #targets: Uint32Array;
  readonly #starts: Uint32Array;

  /** @throws UsageError on settings that are not valid */
  constructor(options: FlyHashOptions) {
    const given = readSettings(settingsSchema, options, { at: 'FlyHash' });
    const { inputs, units = 10 * inputs, samples = Math.max(1, Math.round(inputs / 10)) } = given;
    const { winners: winning = Math.max(1, Math.round(units / 20)) } = given;
    if (samples > inputs || winning > units)
      throw new UsageError(
        `FlyHash: expected samples of at most ${inputs} inputs and winners of at most ${units} units, got ${samples} and ${winning}`,
      );
    this.settings = { ...given, units, samples, winners: winning };
    const rows = sampledInputs(this.settings, rng(given.seed, 'fly-hash'));
    ({ targets: this.#targets, starts: this.#starts } = byInput(rows, this.settings));
  }

  /**
   * The tag of a vector; that of one whose mean is 0 is empty where the mean divides.
   * @throws UsageError on a vector of another length, and on a mean below 0 where it divides
   */
  encode(x: Vector): Tag {
    const { inputs, units, winners: winning, rates, normalize } = this.settings;
    checkVector('FlyHash.encode', x, inputs);
    let mean = 0;
    for (let i = 0; i < inputs; i++) mean += x[i]! / inputs;
    if (normalize === 'mean' && mean < 0)
      throw new UsageError(
        `FlyHash.encode: expected a mean of at least 0, got ${mean}; take normalize center`,
      );
    if (normalize === 'mean' && mean === 0)
      return { on: new Uint32Array(0), ...(rates && { rates: new Float32Array(0) }), size: units };
    const sums = this.#sums(x, normalize === 'center' ? mean : 0);
    const on = winners(sums, winning);
    const scale = normalize === 'mean' ? 1 / mean : 1;
    return { on, ...(rates && { rates: Float32Array.from(on, (i) => sums[i]! * scale) }), size: units };
  }

  /** What each unit sums. */
  #sums(x: Vector, mean: number): Float64Array {
    const sums = new Float64Array(this.settings.units);
    for (let input = 0; input < x.length; input++) {
      const value = x[input]! - mean;
      if (value === 0) continue;
      const end = this.#starts[input + 1]!;
      for (let at = this.#starts[input]!; at < end; at++) sums[this.#targets[at]!]! += value;
    }
    return sums;
  }

  /** All of it as plain data. */
  toJSON(): FlyHashData {
    return { schema: 'engram.fly-hash/1', settings: this.settings };
  }

  /**
   * The hash whose `toJSON` this was.
   * @throws UsageError naming what is wrong
   */
  static fromJSON(data: unknown): FlyHash {
    const schema = z.strictObject({ schema: z.literal('engram.fly-hash/1'), settings: settingsSchema });
    return new FlyHash(readSettings(schema, data, { at: 'FlyHash' }).settings);
  }
}

/** For each unit the inputs that it sums, each at most once, [m, samples]. */
function sampledInputs({ inputs, units, samples }: FlyHashSettings, stream: Rng): Uint32Array {
  const rows = new Uint32Array(units * samples);
  const deck = Uint32Array.from({ length: inputs }, (_, i) => i);
  for (let at = 0; at < rows.length; at++) {
    const dealt = at % samples;
    const pick = dealt + stream.integer(inputs - dealt);
    const input = deck[pick]!;
    deck[pick] = deck[dealt]!;
    deck[dealt] = input;
    rows[at] = input;
  }
  return rows;
}

/** The same by input: inputs that are 0, as most pixels are, then cost nothing. */
function byInput(rows: Uint32Array, { inputs, samples }: FlyHashSettings) {
  const starts = new Uint32Array(inputs + 1);
  for (const input of rows) starts[input + 1]!++;
  for (let input = 0; input < inputs; input++) starts[input + 1]! += starts[input]!;
  const targets = new Uint32Array(rows.length);
  const next = starts.slice();
  for (let at = 0; at < rows.length; at++) targets[next[rows[at]!]!++] = Math.floor(at / samples);
  return { targets, starts };
}
