/**
 * How spins move: one after the other without noise (energy falls until none wants to flip), all at once (symmetric
 * couplings end in a state or in two that alternate, Goles and Olivos 1981), or by Glauber's rule at a temperature.
 * A flip changes the fields of all others by one row of J, so that a sweep costs N, and N more for each flip.
 */
import type { Rng } from '../../core/rng.ts';
import type { Vector } from '../contracts.ts';
import { shuffled } from '../shuffled.ts';
import { type Couplings, energyOf, fields } from './couplings.ts';

/** A state on its way, with its fields h = Js + b. */
export interface Walk {
  readonly couplings: Couplings;
  readonly state: Float64Array;
  readonly fields: Float64Array;
  /** 1 where a unit must not move. */
  readonly clamped?: Uint8Array | undefined;
  /** Fields no larger than this are 0: `tieWidth`. */
  readonly tie: number;
}

/** Where an end was. */
export interface Ending {
  readonly sweeps: number;
  readonly settled: boolean;
  readonly cycle?: 1 | 2;
}

/** A walk that begins at a state, which is copied. */
export function walkFrom(couplings: Couplings, start: Vector, options: Partial<Walk> = {}): Walk {
  const walk = { tie: 0, ...options, couplings, state: Float64Array.from(start) };
  const h = new Float64Array(couplings.units);
  fields(couplings, walk.state, h);
  return { ...walk, fields: h };
}

/** The energy where the walk is. */
export function energyAt({ couplings, state, fields: h }: Walk): number {
  return energyOf(couplings, state, h);
}

/** Gives a spin its value, and all others what follows for their fields. */
function put({ couplings, state, fields: h }: Walk, i: number, spin: number): void {
  const { units, weights } = couplings;
  const change = spin - state[i]!;
  state[i] = spin;
  for (let j = 0, at = i * units; j < units; j++, at++) h[j]! += change * weights[at]!;
}

/** What a run of sweeps may take. */
export interface RunOptions {
  readonly rng: Rng;
  readonly maxSweeps: number;
  /** Called after each sweep. */
  readonly onSweep?: ((walk: Walk) => void) | undefined;
}

/** Sweeps in an order that is drawn once, every unit taking the sign of its field; one without field stays. */
export function settle(walk: Walk, { rng, maxSweeps, onSweep }: RunOptions): Ending {
  const { state, fields: h, clamped, tie } = walk;
  const units = state.length;
  const order = shuffled(units, rng);
  for (let sweeps = 1; sweeps <= maxSweeps; sweeps++) {
    let moved = false;
    for (let turn = 0; turn < units; turn++) {
      const i = order[turn]!;
      const spin = state[i]!;
      if (clamped?.[i] === 1 || (spin !== 0 && h[i]! * spin >= -tie)) continue;
      put(walk, i, h[i]! > tie ? 1 : h[i]! < -tie ? -1 : spinOf(rng));
      moved = true;
    }
    onSweep?.(walk);
    if (!moved) return { sweeps: sweeps - 1, settled: true, cycle: 1 };
  }
  return { sweeps: maxSweeps, settled: false };
}

/** All units at once, until the state is that of one step before or of two. */
export function synchronous(walk: Walk, { rng, maxSweeps, onSweep }: RunOptions): Ending {
  const { couplings, state, fields: h, clamped, tie } = walk;
  let before = state.slice();
  let beforeThat = state.map(() => 0);
  for (let sweeps = 1; sweeps <= maxSweeps; sweeps++) {
    for (let i = 0; i < state.length; i++) {
      if (clamped?.[i] === 1) continue;
      if (h[i]! > tie) state[i] = 1;
      else if (h[i]! < -tie) state[i] = -1;
      else if (state[i] === 0) state[i] = spinOf(rng);
    }
    fields(couplings, state, h);
    onSweep?.(walk);
    if (same(state, before)) return { sweeps: sweeps - 1, settled: true, cycle: 1 };
    if (same(state, beforeThat)) return { sweeps: sweeps - 2, settled: true, cycle: 2 };
    [beforeThat, before] = [before, state.slice()];
  }
  return { sweeps: maxSweeps, settled: false };
}

function same(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Glauber's rule, unit by unit in their order, which leaves the Boltzmann distribution as it is:
 *   P(s_i = 1) = 1 / (1 + exp(-2 h_i / T))
 * @param temperature T > 0; Infinity tosses coins
 */
export function glauber(walk: Walk, temperature: number, { rng, maxSweeps, onSweep }: RunOptions): void {
  const { state, fields: h, clamped } = walk;
  const slope = -2 / temperature;
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    for (let i = 0; i < state.length; i++) {
      if (clamped?.[i] === 1) continue;
      const spin = rng.uniform() * (1 + Math.exp(slope * h[i]!)) < 1 ? 1 : -1;
      if (spin !== state[i]) put(walk, i, spin);
    }
    onSweep?.(walk);
  }
}

/** -1 or 1, as likely. */
export function spinOf(rng: Rng): number {
  return rng.uniform() < 0.5 ? -1 : 1;
}

/** A state of spins that are each as likely -1 as 1. */
export function randomSpins(units: number, rng: Rng): Float64Array {
  return Float64Array.from({ length: units }, () => spinOf(rng));
}
