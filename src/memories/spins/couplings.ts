/**
 * Couplings between spins, and the three rules that make them of patterns: Hebb (Hopfield 1982), the pseudo-inverse
 * (Personnaz, Guyon, Dreyfus 1985) and Storkey (1997). All are symmetric with a zero diagonal: a positive one freezes states.
 * Double precision: moments are matched to 1e-7, and a dream changes a coupling by less than one part in a thousand.
 */
import type { Vector } from '../contracts.ts';

/** What decides the energy E(s) = -1/2 s'Js - b's of a state of N spins. */
export interface Couplings {
  readonly units: number;
  /** J, [N,N], symmetric, zero diagonal. */
  readonly weights: Float64Array;
  /** b, [N] */
  readonly bias: Float64Array;
}

/** How patterns become couplings. */
export type Rule = 'hebb' | 'pseudo-inverse' | 'storkey';

/** Couplings and biases that are all 0. */
export function noCouplings(units: number): Couplings {
  return { units, weights: new Float64Array(units * units), bias: new Float64Array(units) };
}

/** A copy that shares nothing. */
export function copyCouplings({ units, weights, bias }: Couplings): Couplings {
  return { units, weights: weights.slice(), bias: bias.slice() };
}

/** Puts the local fields h = Js + b of a state into `into`; spins that are 0 have no part in them. */
export function fields({ units, weights, bias }: Couplings, state: Vector, into: Float64Array): void {
  const even = units - (units % 4);
  for (let i = 0; i < units; i++) {
    const row = i * units;
    // Four sums at once: one alone waits for each of its additions.
    let [a, b, c, d] = [bias[i]!, 0, 0, 0];
    for (let j = 0; j < even; j += 4) {
      a += weights[row + j]! * state[j]!;
      b += weights[row + j + 1]! * state[j + 1]!;
      c += weights[row + j + 2]! * state[j + 2]!;
      d += weights[row + j + 3]! * state[j + 3]!;
    }
    for (let j = even; j < units; j++) a += weights[row + j]! * state[j]!;
    into[i] = a + b + (c + d);
  }
}

/** E(s) = -1/2 s'Js - b's. */
export function energy(couplings: Couplings, state: Vector): number {
  const h = new Float64Array(couplings.units);
  fields(couplings, state, h);
  return energyOf(couplings, state, h);
}

/** The energy of a state whose fields are known. */
export function energyOf({ units, bias }: Couplings, state: Vector, h: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < units; i++) sum += state[i]! * (h[i]! + bias[i]!);
  return -sum / 2;
}

/** J += rate x x' for spins, its diagonal left 0. */
export function addOuter({ units, weights }: Couplings, x: Vector, rate: number): void {
  for (let i = 0; i < units; i++) {
    const scaled = rate * x[i]!;
    const row = i * units;
    for (let j = 0; j < units; j++) weights[row + j]! += scaled * x[j]!;
    weights[row + i] = 0;
  }
}

/** Hebb: J += xi xi' / N. */
function hebb(couplings: Couplings, pattern: Vector): void {
  addOuter(couplings, pattern, 1 / couplings.units);
}

/**
 * Storkey 1997, eq. 2: J_ij += (xi_i xi_j - xi_i h_ji - h_ij xi_j) / N, where h_ij is the field of i without i and j.
 */
function storkey(couplings: Couplings, pattern: Vector): void {
  const { units, weights } = couplings;
  const h = new Float64Array(units);
  fields({ ...couplings, bias: new Float64Array(units) }, pattern, h);
  for (let i = 0; i < units; i++) {
    for (let j = i + 1; j < units; j++) {
      const [a, b, weight] = [pattern[i]!, pattern[j]!, weights[i * units + j]!];
      const without = a * (h[j]! - weight * a) + (h[i]! - weight * b) * b;
      const next = weight + (a * b - without) / units;
      weights[i * units + j] = next;
      weights[j * units + i] = next;
    }
  }
}

/** |residual|^2 / N of a pattern below which it is a sum of those that are stored. */
const DEPENDENT = 1e-9;

/**
 * J = X G^-1 X' / N with G = X'X / N, the projection on the patterns, built one at a time (Greville 1960): what a pattern
 * has beyond the others is added. One that has nothing of its own changes nothing.
 * @param self the diagonal of the projection, [N], which the couplings themselves go without
 */
function project(couplings: Couplings, pattern: Vector, self: Float64Array): void {
  const { units } = couplings;
  const projected = new Float64Array(units);
  fields({ ...couplings, bias: new Float64Array(units) }, pattern, projected);
  const rest = projected.map((sum, i) => pattern[i]! - sum - self[i]! * pattern[i]!);
  const square = rest.reduce((sum, value) => sum + value * value, 0);
  if (square < DEPENDENT * units) return;
  for (let i = 0; i < units; i++) {
    self[i]! += rest[i]! ** 2 / square;
    // Rounded once for both: couplings are the same from either end.
    for (let j = 0; j < i; j++) {
      const next = couplings.weights[i * units + j]! + (rest[i]! * rest[j]!) / square;
      couplings.weights[i * units + j] = next;
      couplings.weights[j * units + i] = next;
    }
  }
}

/** Takes a pattern in by a rule; `self` is what the pseudo-inverse keeps beside the couplings. */
export function learn(rule: Rule, couplings: Couplings, pattern: Vector, self: Float64Array): void {
  if (rule === 'hebb') hebb(couplings, pattern);
  else if (rule === 'storkey') storkey(couplings, pattern);
  else project(couplings, pattern, self);
}

/** The largest size of an eigenvalue of J, by the power method: from below, and low by some percent where the next one is near. */
export function spectralNorm({ units, weights }: Couplings, iterations = 30): number {
  let from = Float64Array.from({ length: units }, (_, i) => 1 + ((i * 0.618) % 1));
  let into = new Float64Array(units);
  const bias = new Float64Array(units);
  let norm = 0;
  for (let turn = 0; turn < iterations; turn++) {
    fields({ units, weights, bias }, from, into);
    norm = Math.sqrt(into.reduce((sum, value) => sum + value * value, 0));
    if (norm === 0) return 0;
    for (let i = 0; i < units; i++) into[i]! /= norm;
    [from, into] = [into, from];
  }
  return norm;
}

/** Fields closer to 0 than this are 0 but for rounding: a part in 2^40 of the largest sum of |J| over a row. */
export function tieWidth({ units, weights, bias }: Couplings): number {
  let most = 0;
  for (let i = 0; i < units; i++) {
    let sum = Math.abs(bias[i]!);
    for (let j = 0, at = i * units; j < units; j++, at++) sum += Math.abs(weights[at]!);
    most = Math.max(most, sum);
  }
  return most / 2 ** 40;
}
