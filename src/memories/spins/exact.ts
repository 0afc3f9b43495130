/**
 * Boltzmann distributions of few spins, by all 2^N states: what sampling is held to. Energies are found along the Gray
 * code, one flip from state to state; the Walsh-Hadamard transform of the probabilities is the table of all moments.
 * State number x has spin i at -1 where bit i of x is set.
 */
import { UsageError } from '../../core/errors.ts';
import type { Couplings } from './couplings.ts';

/** More spins have more states than fit. */
export const MOST_EXACT = 20;

/** First and second moments. */
export interface Moments {
  /** <s_i>, [N] */
  readonly means: Float64Array;
  /** <s_i s_j>, [N,N], with ones on the diagonal. */
  readonly correlations: Float64Array;
}

/** P(s) = exp(-E(s) / T) / Z over all states. */
export interface Distribution {
  readonly units: number;
  /** ln Z */
  readonly logPartition: number;
  /** [2^N] */
  readonly probabilities: Float64Array;
}

/** Energies of all states, [2^N]. */
export function allEnergies({ units, weights, bias }: Couplings): Float64Array {
  if (units > MOST_EXACT)
    throw new UsageError(
      `exact: expected at most ${MOST_EXACT} spins, whose states can all be counted, got ${units}; sample instead`,
    );
  const energies = new Float64Array(2 ** units);
  const state = new Float64Array(units).fill(1);
  const h = Float64Array.from(bias, (value, i) => {
    let sum = value;
    for (let j = 0; j < units; j++) sum += weights[i * units + j]!;
    return sum;
  });
  let energy = 0;
  for (let i = 0; i < units; i++) energy -= (h[i]! + bias[i]!) / 2;
  energies[0] = energy;
  for (let step = 1, x = 0; step < energies.length; step++) {
    const i = 31 - Math.clz32(step & -step);
    x ^= 1 << i;
    const spin = state[i]!;
    energy += 2 * spin * h[i]!;
    state[i] = -spin;
    for (let j = 0, at = i * units; j < units; j++, at++) h[j]! -= 2 * spin * weights[at]!;
    energies[x] = energy;
  }
  return energies;
}

/**
 * The Boltzmann distribution of couplings at a temperature above 0.
 * @throws UsageError for more than 20 spins
 */
export function distribution(couplings: Couplings, temperature: number): Distribution {
  const probabilities = allEnergies(couplings);
  let lowest = Number.POSITIVE_INFINITY;
  for (const energy of probabilities) lowest = Math.min(lowest, energy);
  let total = 0;
  for (let x = 0; x < probabilities.length; x++) {
    const share = Math.exp((lowest - probabilities[x]!) / temperature);
    probabilities[x] = share;
    total += share;
  }
  for (let x = 0; x < probabilities.length; x++) probabilities[x]! /= total;
  return { units: couplings.units, logPartition: Math.log(total) - lowest / temperature, probabilities };
}

/** The moments of a distribution. */
export function momentsOf({ units, probabilities }: Distribution): Moments {
  const table = probabilities.slice();
  for (let width = 1; width < table.length; width *= 2) {
    for (let block = 0; block < table.length; block += 2 * width) {
      for (let x = block; x < block + width; x++) {
        const [a, b] = [table[x]!, table[x + width]!];
        table[x] = a + b;
        table[x + width] = a - b;
      }
    }
  }
  const means = Float64Array.from({ length: units }, (_, i) => table[1 << i]!);
  const correlations = new Float64Array(units * units);
  for (let i = 0; i < units; i++)
    for (let j = 0; j < units; j++) correlations[i * units + j] = table[(1 << i) ^ (1 << j)]!;
  return { means, correlations };
}

/** KL(p || q) in nats; infinite where q rules out what p does not. */
export function divergence(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let x = 0; x < p.length; x++) if (p[x]! > 0) sum += p[x]! * Math.log(p[x]! / q[x]!);
  return sum;
}

/** The spins of state number x. */
export function stateOf(x: number, units: number): Float64Array {
  return Float64Array.from({ length: units }, (_, i) => ((x >>> i) & 1 ? -1 : 1));
}
