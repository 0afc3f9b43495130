/**
 * What a sleep is, as data. One rule with the temperature T as a number:
 *   J += rate (day <s s'>_data - <s s'>_T),  J_ii = 0                       Ventura 2023; seed of all presets below
 * At T = 0 without a day it is unlearning (Hopfield, Feinstein, Palmer 1983), with it Daydreaming (Serricchio et al. 2025);
 * at T = 1 with it the Boltzmann machine (Ackley, Hinton, Sejnowski 1985).
 */
import { z } from 'zod';
import type { Vector } from '../contracts.ts';
import type { Stability } from './stability.ts';

/** What is told while it sleeps. */
export interface SleepNote extends Stability {
  /** Dreams until now. */
  readonly dream: number;
  /** Energy for each spin, mean over the dreams since the last note. */
  readonly dreamEnergy: number;
  /** The largest difference between a moment of the data and of the dreams; where all data is taken at once. */
  readonly momentError?: number;
}

/** What came of it. */
export interface SleepReport {
  readonly notes: readonly SleepNote[];
  readonly dreams: number;
  /** `peak`: the couplings are those of the note with the largest least stability, at `dreams`. */
  readonly ended: 'dreams' | 'stop' | 'peak';
}

const positive = z.number().positive();
const count = z.int().min(1);

/** The settings of a sleep. */
export const sleepSchema = z.strictObject({
  /** How often the couplings change. */
  dreams: z.int().min(0),
  /** T; 0 settles without noise. */
  temperature: z.number().min(0).default(0),
  /** The change for each dream, or `{ overUnits: x }` for x / N. */
  rate: z.union([positive, z.strictObject({ overUnits: positive })]),
  /** The rate is divided by 1 + dreams / halving; constant where it is left out. */
  halving: positive.optional(),
  /** The weight of the data, 0 for a night without a day. */
  day: z.number().min(0).default(0),
  /** What the day shows; the stored patterns where it is left out. */
  data: z.array(z.custom<Vector>()).optional(),
  /** Of the data, one at random a dream or the mean of all. */
  show: z.enum(['one', 'all']).default('one'),
  /** Dreams side by side, whose mean is taken. */
  chains: count.default(1),
  /** Chains go on where they ended, instead of beginning anywhere; T above 0. */
  persistent: z.boolean().default(false),
  /** Glauber sweeps of a dream, where T is above 0. */
  sweeps: count.default(1),
  /** The mean over all states of T instead of dreams, for 20 spins at most. */
  exact: z.boolean().default(false),
  /** Biases learn too. */
  learnBias: z.boolean().default(false),
  /** Every N dreams J is divided by the size of its largest eigenvalue, as 30 steps of the power method find it. */
  normalize: z.enum(['none', 'spectral']).default('none'),
  /** Dreams from note to note; N where it is left out. */
  noteEvery: count.optional(),
  /** Ends it at a note; `peak` ends it, and goes back, where for so many notes no unit was held more firmly. */
  stop: z
    .union([
      z.custom<(note: SleepNote) => boolean>((stop) => typeof stop === 'function'),
      z.strictObject({ peak: count }),
    ])
    .optional(),
});

/** The settings of a sleep. */
export type SleepOptions = z.input<typeof sleepSchema>;

/** The same with all that was left out. */
export type SleepSettings = z.infer<typeof sleepSchema>;

type Preset = Omit<SleepOptions, 'dreams'>;

/** The sleeps of the literature. Each lacks `dreams`: `memory.sleep({ ...sleeps.daydream(), dreams: 20_000 })`. */
export const sleeps = {
  /** Unlearning; it destroys everything when it is too long: `dreamBudget`, or `stop: { peak: 8 }`. */
  unlearning: (strength = 0.01): Preset => ({ temperature: 0, rate: { overUnits: strength } }),
  /** Daydreaming, which more dreams never harm; `slowness` is tau. */
  daydream: (slowness = 64): Preset => ({
    temperature: 0,
    rate: { overUnits: 1 / slowness },
    day: 1,
    normalize: 'spectral',
  }),
  /** The Boltzmann machine, by persistent chains (Tieleman 2008). */
  boltzmann: ({ chains = 200, sweeps = 2, rate = 0.05, halving = 300 } = {}): Preset => ({
    temperature: 1,
    rate,
    halving,
    day: 1,
    show: 'all',
    chains,
    persistent: true,
    sweeps,
    learnBias: true,
  }),
  /** The Boltzmann machine, by all states of up to 20 spins. */
  exactBoltzmann: (rate = 0.1): Preset => ({
    temperature: 1,
    rate,
    day: 1,
    show: 'all',
    exact: true,
    learnBias: true,
  }),
} as const;

/** Dreams after which unlearning of this strength has done its work and no harm: 0.7 P / strength, P patterns. */
export function dreamBudget(patterns: number, strength = 0.01): number {
  return Math.round((0.7 * patterns) / strength);
}
