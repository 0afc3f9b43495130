/**
 * A memory of N spins: the Hopfield network and the fully visible Boltzmann machine in one (Hopfield 1982; Ackley, Hinton,
 * Sejnowski 1985). Patterns make couplings by a rule, sleep changes them, a cue settles into what is nearest.
 * Patterns are kept beside the couplings, for what a state is and what the day shows; recall never looks at them.
 */
import type { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { type RngState, resumeRng, rng } from '../../core/rng.ts';
import { readSettings } from '../../core/settings.ts';
import { checkSpins } from '../codes.ts';
import type {
  Completes,
  Dreams,
  Energetic,
  Forgets,
  Portable,
  Recall,
  Stores,
  Vector,
} from '../contracts.ts';
import { pack } from '../plain.ts';
import { type Classified, classify } from './classify.ts';
import {
  addOuter,
  type Couplings,
  energy,
  fields,
  learn,
  noCouplings,
  type Rule,
  tieWidth,
} from './couplings.ts';
import { energyAt, glauber, settle, synchronous, type Walk, walkFrom } from './dynamics.ts';
import { distribution, MOST_EXACT, type Moments, momentsOf } from './exact.ts';
import { annealed, draw, type LogPartition, meanMoments } from './sampling.ts';
import { checkSleep, sleep } from './sleep.ts';
import { type SleepOptions, type SleepReport, sleepSchema } from './sleep-options.ts';
import {
  bothTriangles,
  dataSchema,
  headSchema,
  joined,
  parted,
  type SpinMemoryData,
  settingsSchema,
  upperTriangle,
} from './spin-data.ts';

/** N, how patterns become couplings, and the seed of all that is random. */
export type SpinMemoryOptions = z.input<typeof settingsSchema>;

/** How a cue settles. */
export interface SettleOptions {
  /** 1 where the cue is right and must stay, [N]; left out, every unit may move. */
  readonly known?: Uint8Array;
  /** One unit after the other, or all at once; the default is the first. */
  readonly order?: 'asynchronous' | 'synchronous';
  /** T of Glauber's rule, which runs `maxSweeps` sweeps; 0, the default, has no noise. */
  readonly temperature?: number;
  /** 1000 where it is left out, and 100 at a temperature. */
  readonly maxSweeps?: number;
  /** Of the order and the noise; the memory's own where it is left out. */
  readonly seed?: number;
  /** Whether the energies on the way are told. */
  readonly energies?: boolean;
}

/** How states are drawn. */
export interface SampleOptions {
  /** T, above 0; 1 where it is left out. */
  readonly temperature?: number;
  /** How many states; 1 where it is left out. */
  readonly count?: number;
  /** Sweeps before the first; 200 where it is left out. */
  readonly burnIn?: number;
  /** Sweeps from each to the next; 5 where it is left out. */
  readonly sweeps?: number;
  readonly seed?: number;
}

/** A part of a life: patterns that are stored, or a sleep. */
export type Phase = { readonly wake: readonly Vector[] } | { readonly sleep: SleepOptions };

/** Patterns of spins that a cue settles into. */
export class SpinMemory
  implements
    Stores<Vector>,
    Completes<Vector, SettleOptions>,
    Energetic<Vector>,
    Dreams<SleepOptions, SleepReport>,
    Forgets<Vector>,
    Portable<SpinMemoryData>
{
  readonly units: number;
  readonly rule: Rule;
  readonly seed: number;
  #couplings: Couplings;
  #patterns: Float64Array[] = [];
  #diagonal: Float64Array;
  #slept = false;
  #dreaming: RngState;
  #chains: Float64Array[] = [];
  #tie: number | undefined;

  /** @throws UsageError on settings that are not valid */
  constructor(options: SpinMemoryOptions) {
    const { units, rule, seed } = readSettings(settingsSchema, options, { at: 'SpinMemory' });
    this.units = units;
    this.rule = rule;
    this.seed = seed;
    this.#couplings = noCouplings(units);
    this.#diagonal = new Float64Array(units);
    this.#dreaming = rng(seed, 'dreams').state();
  }

  /** How many patterns are stored. */
  get size(): number {
    return this.#patterns.length;
  }

  /** The stored patterns, copied. */
  get patterns(): Float64Array[] {
    return this.#patterns.map((pattern) => pattern.slice());
  }

  /** J, copied, [N,N]. */
  get weights(): Float64Array {
    return this.#couplings.weights.slice();
  }

  /** b, copied, [N]. */
  get bias(): Float64Array {
    return this.#couplings.bias.slice();
  }

  /**
   * Stores a pattern by the memory's rule.
   * @throws UsageError on a pattern that is not N spins, and from couplings that have slept but by Hebb
   */
  store(pattern: Vector): void {
    checkSpins('SpinMemory.store', pattern, this.units);
    this.#refuseAfterSleep('store');
    const own = Float64Array.from(pattern);
    learn(this.rule, this.#couplings, own, this.#diagonal);
    this.#patterns.push(own);
    this.#tie = undefined;
  }

  /**
   * Takes a stored pattern out again: by Hebb its own couplings, by the other rules all are made anew of the rest.
   * @throws UsageError where it is not stored, and from couplings that have slept but by Hebb
   */
  forget(pattern: Vector): void {
    checkSpins('SpinMemory.forget', pattern, this.units);
    const at = this.#patterns.findIndex((own) => own.every((spin, i) => spin === pattern[i]));
    if (at < 0) throw new UsageError('SpinMemory.forget: expected a stored pattern, got another');
    this.#refuseAfterSleep('forget');
    const [gone] = this.#patterns.splice(at, 1);
    if (this.rule === 'hebb') addOuter(this.#couplings, gone!, -1 / this.units);
    else {
      this.#couplings = { ...noCouplings(this.units), bias: this.#couplings.bias };
      this.#diagonal.fill(0);
      for (const own of this.#patterns) learn(this.rule, this.#couplings, own, this.#diagonal);
    }
    this.#tie = undefined;
  }

  #refuseAfterSleep(verb: string): void {
    if (this.#slept && this.rule !== 'hebb')
      throw new UsageError(
        `SpinMemory.${verb}: expected couplings as the rule ${this.rule} left them, got some that have slept; ${verb} before sleep, or take the rule hebb`,
      );
  }

  /**
   * The couplings and biases of somebody else, in place of those that are.
   * @param weights [N,N], symmetric with a zero diagonal   @param bias [N], zeros where it is left out
   * @throws UsageError
   */
  couple(weights: Vector, bias: Vector = new Float64Array(this.units)): void {
    const { units } = this;
    if (weights.length !== units * units || bias.length !== units)
      throw new UsageError(
        `SpinMemory.couple: expected ${units * units} couplings and ${units} biases, got ${weights.length} and ${bias.length}`,
      );
    for (let i = 0; i < units; i++)
      for (let j = 0; j <= i; j++)
        if (weights[i * units + j] !== weights[j * units + i] || (i === j && weights[i * units + i] !== 0))
          throw new UsageError(
            `SpinMemory.couple: expected symmetric couplings with a zero diagonal, got ${weights[i * units + j]} at ${i},${j}`,
          );
    this.#couplings = { units, weights: Float64Array.from(weights), bias: Float64Array.from(bias) };
    this.#slept = true;
    this.#tie = undefined;
  }

  /** h = Js + b, [N]: what every unit is told by the others; spins that are 0 tell nothing. */
  fields(state: Vector): Float64Array {
    checkSpins('SpinMemory.fields', state, this.units, true);
    const h = new Float64Array(this.units);
    fields(this.#couplings, Float64Array.from(state), h);
    return h;
  }

  /** E(s) = -1/2 s'Js - b's. */
  energy(state: Vector): number {
    checkSpins('SpinMemory.energy', state, this.units);
    return energy(this.#couplings, Float64Array.from(state));
  }

  /**
   * Lets a cue settle; a 0 in it is a spin that is not known, which takes the sign of its field when its turn comes.
   * The score is -E/N. With a temperature the state is where the last sweep left it, and nothing is settled.
   * @throws UsageError
   */
  complete(cue: Vector, options: SettleOptions = {}): Recall<Float64Array> {
    const { known, order = 'asynchronous', temperature = 0, seed = this.seed } = options;
    const maxSweeps = options.maxSweeps ?? (temperature > 0 ? 100 : 1000);
    this.#checkCue(cue, options, maxSweeps);
    this.#tie ??= tieWidth(this.#couplings);
    const walk = walkFrom(this.#couplings, cue, { clamped: known, tie: this.#tie });
    const energies = options.energies ? [energyAt(walk)] : undefined;
    const onSweep = energies && ((now: Walk) => void energies.push(energyAt(now)));
    const run = { rng: rng(seed, 'complete'), maxSweeps, onSweep };
    const told = () => ({
      value: walk.state,
      score: -energyAt(walk) / this.units,
      ...(energies && { energies }),
    });
    if (temperature > 0) {
      glauber(walk, temperature, run);
      return { ...told(), steps: maxSweeps, settled: false };
    }
    const { sweeps, ...ending } = order === 'synchronous' ? synchronous(walk, run) : settle(walk, run);
    return { ...told(), steps: sweeps, ...ending };
  }

  #checkCue(cue: Vector, { known, order, temperature = 0 }: SettleOptions, maxSweeps: number): void {
    checkSpins('SpinMemory.complete', cue, this.units, true);
    const refuse = (expected: string) => {
      throw new UsageError(`SpinMemory.complete: expected ${expected}`);
    };
    if (known && known.length !== this.units)
      refuse(`${this.units} units that are known or not, got ${known.length}`);
    if (known && cue.some((spin, i) => spin === 0 && known[i] === 1))
      refuse('spins -1 and 1 where the cue is known, got 0');
    if (!(temperature >= 0)) refuse(`a temperature of at least 0, got ${temperature}`);
    if (temperature > 0 && order === 'synchronous')
      refuse('no temperature where all units move at once, got both; Glauber moves one after the other');
    if (!Number.isInteger(maxSweeps) || maxSweeps < 1) refuse(`maxSweeps of at least 1, got ${maxSweeps}`);
  }

  /** What a state is to this memory; from an overlap of `threshold` on it counts as a pattern, or as a mixture. */
  classify(state: Vector, threshold = 0.9): Classified {
    checkSpins('SpinMemory.classify', state, this.units);
    return classify(state, this.#patterns, threshold);
  }

  /**
   * Sleeps; see `SleepOptions` for the rule. A sleep goes on where the last one ended: random numbers and chains.
   * @throws UsageError
   */
  sleep(options: SleepOptions): SleepReport {
    const settings = readSettings(sleepSchema, options, { at: 'sleep' });
    settings.data?.forEach((pattern, i) => {
      checkSpins(`sleep.data.${i}`, pattern, this.units);
    });
    const data = settings.data?.map((pattern) => Float64Array.from(pattern)) ?? this.#patterns;
    checkSleep(settings, data.length);
    const stream = resumeRng(this.#dreaming);
    const sleeper = {
      couplings: this.#couplings,
      patterns: this.#patterns,
      rng: stream,
      chains: this.#chains,
    };
    const report = sleep(sleeper, settings, data);
    this.#dreaming = stream.state();
    this.#chains = sleeper.chains;
    this.#slept = true;
    this.#tie = undefined;
    return report;
  }

  /** Days and nights, one after the other: what each sleep came to. */
  live(phases: readonly Phase[]): SleepReport[] {
    return phases.flatMap((phase) => {
      if ('sleep' in phase) return [this.sleep(phase.sleep)];
      for (const pattern of phase.wake) this.store(pattern);
      return [];
    });
  }

  /** States of one chain at a temperature, in their order. */
  sample(options: SampleOptions = {}): Float64Array[] {
    const { temperature = 1, count = 1, burnIn = 200, sweeps = 5, seed = this.seed } = options;
    this.#checkTemperature('sample', temperature);
    return draw(this.#couplings, { rng: rng(seed, 'sample'), temperature, count, burnIn, sweeps });
  }

  /** <s_i> and <s_i s_j> at a temperature: exact to 20 spins, above of 1000 states that `sample` draws. */
  moments(options: SampleOptions = {}): Moments {
    const { temperature = 1 } = options;
    this.#checkTemperature('moments', temperature);
    if (this.units <= MOST_EXACT) return momentsOf(distribution(this.#couplings, temperature));
    return meanMoments(this.sample({ count: 1000, ...options }), this.units);
  }

  /** P(s) of all states by their number, whose bit i is set where spin i is -1, [2^N]; to 20 spins. */
  probabilities(temperature = 1): Float64Array {
    this.#checkTemperature('probabilities', temperature);
    return distribution(this.#couplings, temperature).probabilities;
  }

  /** ln Z at a temperature: exact to 20 spins, above by annealing 100 chains over 1000 temperatures. */
  logPartition({ temperature = 1, chains = 100, steps = 1000, seed = this.seed } = {}): LogPartition {
    this.#checkTemperature('logPartition', temperature);
    if (this.units <= MOST_EXACT)
      return {
        value: distribution(this.#couplings, temperature).logPartition,
        method: 'exact',
        standardError: 0,
      };
    return annealed(this.#couplings, { rng: rng(seed, 'partition'), temperature, chains, steps });
  }

  #checkTemperature(verb: string, temperature: number): void {
    if (!(temperature > 0))
      throw new UsageError(`SpinMemory.${verb}: expected a temperature above 0, got ${temperature}`);
  }

  /** All of it as plain data. */
  toJSON(): SpinMemoryData {
    const { units, rule, seed } = this;
    return {
      schema: 'engram.spin-memory/1',
      settings: { units, rule, seed },
      couplings: pack(upperTriangle(this.#couplings)),
      bias: pack(this.#couplings.bias),
      patterns: pack(joined(this.#patterns)),
      diagonal: pack(this.#diagonal),
      slept: this.#slept,
      dreaming: this.#dreaming,
      chains: pack(joined(this.#chains)),
    };
  }

  /**
   * The memory whose `toJSON` this was.
   * @throws UsageError naming what is wrong
   */
  static fromJSON(data: unknown): SpinMemory {
    const at = 'SpinMemory';
    const { settings } = readSettings(headSchema, data, { at });
    const memory = new SpinMemory(settings);
    const state = readSettings(dataSchema(settings.units), data, { at });
    memory.#couplings = { ...bothTriangles(settings.units, state.couplings), bias: state.bias };
    memory.#patterns = parted(state.patterns, settings.units);
    memory.#diagonal = state.diagonal;
    memory.#slept = state.slept;
    memory.#dreaming = state.dreaming;
    memory.#chains = parted(state.chains, settings.units);
    return memory;
  }
}
