/** States drawn from the Boltzmann distribution of couplings, and what is estimated from them where N is not small. */
import type { Rng } from '../../core/rng.ts';
import type { Couplings } from './couplings.ts';
import { energyAt, glauber, randomSpins, walkFrom } from './dynamics.ts';
import type { Moments } from './exact.ts';

/** How states are drawn. */
export interface Draw {
  readonly rng: Rng;
  readonly temperature: number;
  /** How many. */
  readonly count: number;
  /** Sweeps before the first. */
  readonly burnIn: number;
  /** Sweeps from each to the next. */
  readonly sweeps: number;
}

/** States of one chain, which begins anywhere. */
export function draw(
  couplings: Couplings,
  { rng, temperature, count, burnIn, sweeps }: Draw,
): Float64Array[] {
  const walk = walkFrom(couplings, randomSpins(couplings.units, rng));
  glauber(walk, temperature, { rng, maxSweeps: burnIn });
  return Array.from({ length: count }, () => {
    glauber(walk, temperature, { rng, maxSweeps: sweeps });
    return walk.state.slice();
  });
}

/** Means over states. */
export function meanMoments(states: readonly Float64Array[], units: number): Moments {
  const means = new Float64Array(units);
  const correlations = new Float64Array(units * units);
  for (const state of states) {
    for (let i = 0; i < units; i++) {
      const share = state[i]! / states.length;
      means[i]! += share;
      for (let j = 0, at = i * units; j < units; j++, at++) correlations[at]! += share * state[j]!;
    }
  }
  return { means, correlations };
}

/** An estimate of ln Z. */
export interface LogPartition {
  readonly value: number;
  readonly method: 'exact' | 'annealed';
  /** Of the estimate, over its chains; 0 where it is exact. */
  readonly standardError: number;
}

/**
 * ln Z by annealed importance sampling (Neal 2001): chains go from coins to the temperature in equal steps of 1/T, and
 *   Z = 2^N <exp(-sum_k (1/T_k - 1/T_k-1) E(s_k-1))>
 */
export function annealed(
  couplings: Couplings,
  { rng, temperature, chains, steps }: Pick<Draw, 'rng' | 'temperature'> & { chains: number; steps: number },
): LogPartition {
  const logWeights = Array.from({ length: chains }, () => {
    const walk = walkFrom(couplings, randomSpins(couplings.units, rng));
    let logWeight = 0;
    for (let step = 1; step <= steps; step++) {
      logWeight -= energyAt(walk) / (temperature * steps);
      glauber(walk, (temperature * steps) / step, { rng, maxSweeps: 1 });
    }
    return logWeight;
  });
  const most = logWeights.reduce((a, b) => Math.max(a, b));
  const shares = logWeights.map((logWeight) => Math.exp(logWeight - most));
  const mean = shares.reduce((a, b) => a + b) / chains;
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / Math.max(1, chains - 1);
  return {
    value: couplings.units * Math.LN2 + most + Math.log(mean),
    method: 'annealed',
    standardError: Math.sqrt(variance / chains) / mean,
  };
}
