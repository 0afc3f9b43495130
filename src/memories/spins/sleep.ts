/** The one rule of sleep (see sleep-options.ts), carried out on couplings. */
import { UsageError } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import { addOuter, type Couplings, copyCouplings, spectralNorm } from './couplings.ts';
import { energyAt, glauber, randomSpins, settle, walkFrom } from './dynamics.ts';
import { distribution, type Moments, momentsOf } from './exact.ts';
import { meanMoments } from './sampling.ts';
import type { SleepNote, SleepReport, SleepSettings } from './sleep-options.ts';
import { stabilityOf } from './stability.ts';

/** Who sleeps. Couplings and chains change; `rng` goes on. */
export interface Sleeper {
  readonly couplings: Couplings;
  /** What stability is told of. */
  readonly patterns: readonly Float64Array[];
  readonly rng: Rng;
  /** Where persistent chains ended. */
  chains: Float64Array[];
}

/** A settled state is reached in a handful of sweeps; this only ends what rounding could keep going. */
const MOST_SWEEPS = 10_000;

/** What a dream adds to the couplings, as moments or as the states themselves, and how deep it was. */
interface Night {
  readonly states: readonly Float64Array[];
  readonly moments?: Moments;
  /** For each spin. */
  readonly energy: number;
}

/**
 * Sleeps.
 * @param data what the day shows, at least one where `day` is above 0
 */
export function sleep(sleeper: Sleeper, options: SleepSettings, data: readonly Float64Array[]): SleepReport {
  const { couplings, rng } = sleeper;
  const { units } = couplings;
  const { dreams, day, halving = Number.POSITIVE_INFINITY, noteEvery = units, stop } = options;
  const rate = typeof options.rate === 'number' ? options.rate : options.rate.overUnits / units;
  const shown = day > 0 && options.show === 'all' ? meanMoments(data, units) : undefined;
  const watch = watcher(sleeper, stop);
  const notes: SleepNote[] = [];
  let energies = 0;
  let sinceNote = 0;
  for (let dream = 1; dream <= dreams; dream++) {
    const step = rate / (1 + (dream - 1) / halving);
    const night = dreamOf(sleeper, options);
    const momentError = shown && differenceOf(shown, night, units);
    addNight(couplings, night, -step, options.learnBias);
    if (shown) addMoments(couplings, shown, step * day, options.learnBias);
    else if (day > 0) addStates(couplings, [data[rng.integer(data.length)]!], step * day, options.learnBias);
    energies += night.energy;
    sinceNote++;
    if (options.normalize === 'spectral' && dream % units === 0) normalize(couplings);
    if (dream % noteEvery !== 0 && dream !== dreams) continue;
    const note: SleepNote = {
      ...stabilityOf(couplings, sleeper.patterns),
      dream,
      dreamEnergy: energies / sinceNote,
      ...(momentError !== undefined && { momentError }),
    };
    notes.push(note);
    [energies, sinceNote] = [0, 0];
    const ended = watch(note);
    if (ended) return { notes, ...ended };
  }
  const peak = watch(undefined);
  return { notes, ...(peak ?? { dreams, ended: 'dreams' as const }) };
}

/** Tells when to end; without a note it is asked at the end of all dreams. */
function watcher(sleeper: Sleeper, stop: SleepSettings['stop']) {
  if (stop === undefined) return () => undefined;
  if (typeof stop === 'function')
    return (note: SleepNote | undefined) =>
      note && stop(note) ? ({ dreams: note.dream, ended: 'stop' } as const) : undefined;
  const { couplings, patterns } = sleeper;
  let best = { min: stabilityOf(couplings, patterns).min, dreams: 0, couplings: copyCouplings(couplings) };
  let since = 0;
  return (note: SleepNote | undefined) => {
    if (note && note.min > best.min) {
      best = { min: note.min, dreams: note.dream, couplings: copyCouplings(couplings) };
      since = 0;
      return undefined;
    }
    if (note && ++since < stop.peak) return undefined;
    couplings.weights.set(best.couplings.weights);
    couplings.bias.set(best.couplings.bias);
    return { dreams: best.dreams, ended: 'peak' } as const;
  };
}

function dreamOf(sleeper: Sleeper, options: SleepSettings): Night {
  const { couplings, rng } = sleeper;
  const { units } = couplings;
  const { temperature, chains, persistent, sweeps, exact } = options;
  if (exact) return exactNight(couplings, temperature);
  if (persistent && sleeper.chains.length !== chains)
    sleeper.chains = Array.from({ length: chains }, () => randomSpins(units, rng));
  let energy = 0;
  const states = Array.from({ length: chains }, (_, chain) => {
    const walk = walkFrom(couplings, persistent ? sleeper.chains[chain]! : randomSpins(units, rng));
    if (temperature === 0) settle(walk, { rng, maxSweeps: MOST_SWEEPS });
    else glauber(walk, temperature, { rng, maxSweeps: sweeps });
    energy += energyAt(walk) / (units * chains);
    return walk.state;
  });
  if (persistent) sleeper.chains = states;
  return { states, energy };
}

function exactNight(couplings: Couplings, temperature: number): Night {
  const moments = momentsOf(distribution(couplings, temperature));
  const { units, weights, bias } = couplings;
  const pairs = weights.reduce((sum, weight, at) => sum + weight * moments.correlations[at]!, 0);
  const alone = bias.reduce((sum, value, i) => sum + value * moments.means[i]!, 0);
  return { states: [], moments, energy: -(pairs / 2 + alone) / units };
}

function differenceOf(shown: Moments, night: Night, units: number): number {
  const dreamt = night.moments ?? meanMoments(night.states, units);
  return shown.correlations.reduce(
    (most, value, at) => Math.max(most, Math.abs(value - dreamt.correlations[at]!)),
    0,
  );
}

function addNight(couplings: Couplings, { states, moments }: Night, rate: number, learnBias: boolean): void {
  if (moments) addMoments(couplings, moments, rate, learnBias);
  else addStates(couplings, states, rate, learnBias);
}

function addStates(
  couplings: Couplings,
  states: readonly Float64Array[],
  rate: number,
  learnBias: boolean,
): void {
  const share = rate / states.length;
  for (const state of states) {
    addOuter(couplings, state, share);
    if (learnBias) for (let i = 0; i < state.length; i++) couplings.bias[i]! += share * state[i]!;
  }
}

function addMoments(
  { units, weights, bias }: Couplings,
  { means, correlations }: Moments,
  rate: number,
  learnBias: boolean,
): void {
  for (let at = 0; at < weights.length; at++) weights[at]! += rate * correlations[at]!;
  for (let i = 0; i < units; i++) weights[i * units + i] = 0;
  if (learnBias) for (let i = 0; i < units; i++) bias[i]! += rate * means[i]!;
}

function normalize(couplings: Couplings): void {
  const norm = spectralNorm(couplings);
  if (norm === 0) return;
  for (let at = 0; at < couplings.weights.length; at++) couplings.weights[at]! /= norm;
}

/**
 * Refuses settings that cannot work together.
 * @throws UsageError
 */
export function checkSleep(options: SleepSettings, dataCount: number): void {
  const { temperature, persistent, exact, day } = options;
  if (day > 0 && dataCount === 0)
    throw new UsageError('sleep: expected data for the day, got none; store patterns, or give data');
  if ((persistent || exact) && temperature === 0)
    throw new UsageError(
      `sleep: expected a temperature above 0 for ${exact ? 'exact' : 'persistent'}, got 0; settled states stay`,
    );
}
