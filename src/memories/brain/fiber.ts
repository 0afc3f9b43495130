/**
 * A bundle of synapses from one population to another: random, drawn as neurons first fire, and stronger wherever both
 * ends fired one after the other. Only rows that have learned are kept as data; all others follow from the seed.
 */

import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { allFinite } from '../../core/finite.ts';
import { rng } from '../../core/rng.ts';
import { type Packed, pack, packed } from '../plain.ts';
import { type SynapseKey, synapseSampler } from './synapses.ts';

/** How weights are kept from growing without end. */
export type Homeostasis = 'none' | 'incoming' | { readonly most: number };

/** Where a fiber runs and how it is drawn. */
export interface FiberOptions {
  readonly from: string;
  readonly to: string;
  readonly sources: number;
  readonly targets: number;
  readonly probability: number;
  readonly homeostasis: Homeostasis;
  readonly seed: number;
}

/** What a fiber has learned, as plain data. */
export interface FiberData {
  readonly from: string;
  readonly to: string;
  /** Neurons whose synapses changed, how many of each did, their targets and their weights. */
  readonly sources: Packed;
  readonly counts: Packed;
  readonly targets: Packed;
  readonly weights: Packed;
  /** What each target has gained, where incoming weights are kept in balance; else empty. */
  readonly gained: Packed;
}

/** The synapses of one neuron: whom it reaches, and how strongly. */
export interface Synapses {
  readonly targets: Uint32Array;
  readonly weights: Float32Array;
}

interface Row {
  readonly targets: Uint32Array;
  /** Left out while all are 1. */
  weights?: Float32Array;
}

/** Keeps sums finite where nothing else does: 1.1 to the power of 724. */
const CEILING = 1e30;

/** Synapses from one population to another. */
export class Fiber {
  readonly options: FiberOptions;
  readonly key: SynapseKey;
  readonly #draw: (source: number) => Uint32Array;
  readonly #rows = new Map<number, Row>();
  /** What the incoming weights of each target have gained, and room for its sums. */
  readonly #gained: Float64Array;
  readonly #sums: Float64Array;

  constructor(options: FiberOptions) {
    this.options = options;
    const stream = rng(options.seed, `fiber ${options.from} > ${options.to}`);
    this.key = [stream.integer(2 ** 32), stream.integer(2 ** 32)];
    this.#draw = synapseSampler(this.key, options.targets, options.probability);
    const balanced = options.homeostasis === 'incoming' ? options.targets : 0;
    this.#gained = new Float64Array(balanced);
    this.#sums = new Float64Array(balanced);
  }

  #row(source: number): Row {
    let row = this.#rows.get(source);
    if (row === undefined) {
      const drawn = this.#draw(source);
      const { from, to } = this.options;
      row = { targets: from === to ? drawn.filter((target) => target !== source) : drawn };
      this.#rows.set(source, row);
    }
    return row;
  }

  /** The synapses of a neuron as they act now, copied. */
  synapses(source: number): Synapses {
    const { targets, weights } = this.#row(source);
    const raw = weights?.slice() ?? new Float32Array(targets.length).fill(1);
    if (this.#gained.length === 0) return { targets: targets.slice(), weights: raw };
    return { targets: targets.slice(), weights: raw.map((weight, i) => weight * this.#scale(targets[i]!)) };
  }

  /**
   * By which the incoming weights of a target are kept at the sum that they are expected to have at first, n p: scaling
   * them after every step comes to the same as scaling what has grown unscaled.
   */
  #scale(target: number): number {
    const first = this.options.sources * this.options.probability;
    return first / (first + this.#gained[target]!);
  }

  /** Adds what each target gets from the neurons that fired. */
  drive(fired: Uint32Array, sums: Float64Array): void {
    const balanced = this.#gained.length > 0;
    const into = balanced ? this.#sums.fill(0) : sums;
    for (const source of fired) {
      const { targets, weights } = this.#row(source);
      if (weights === undefined) for (let at = 0; at < targets.length; at++) into[targets[at]!]! += 1;
      else for (let at = 0; at < targets.length; at++) into[targets[at]!]! += weights[at]!;
    }
    if (balanced)
      for (let target = 0; target < into.length; target++)
        if (into[target] !== 0) sums[target]! += into[target]! * this.#scale(target);
  }

  /** Multiplies by 1 + beta every weight from a neuron that fired to one that fires now. */
  potentiate(fired: Uint32Array, firing: Uint8Array, beta: number): void {
    const { homeostasis } = this.options;
    const most = typeof homeostasis === 'object' ? homeostasis.most : CEILING;
    const balanced = this.#gained.length > 0;
    for (const source of fired) {
      const row = this.#row(source);
      const { targets } = row;
      for (let at = 0; at < targets.length; at++) {
        if (firing[targets[at]!] === 0) continue;
        row.weights ??= new Float32Array(targets.length).fill(1);
        const before = row.weights[at]!;
        row.weights[at] = Math.max(before, Math.min(most, before * (1 + beta)));
        if (balanced) this.#gained[targets[at]!]! += row.weights[at]! - before;
      }
    }
  }

  /** What it has learned. */
  toJSON(): FiberData {
    const learned = [...this.#rows].filter(([, { weights }]) => weights !== undefined);
    learned.sort(([a], [b]) => a - b);
    const changed = learned.map(([, { targets, weights }]) =>
      [...targets.keys()].filter((at) => weights![at] !== 1),
    );
    const flat = (of: (row: Row, at: number) => number) =>
      changed.flatMap((places, i) => places.map((at) => of(learned[i]![1], at)));
    return {
      from: this.options.from,
      to: this.options.to,
      sources: pack(Uint32Array.from(learned, ([source]) => source)),
      counts: pack(Uint32Array.from(changed, (places) => places.length)),
      targets: pack(Uint32Array.from(flat(({ targets }, at) => targets[at]!))),
      weights: pack(Float32Array.from(flat(({ weights }, at) => weights![at]!))),
      gained: pack(this.#gained),
    };
  }

  /**
   * Takes up what a fiber like this had learned.
   * @throws UsageError where it is of other synapses
   */
  learn({ sources, counts, targets, weights, gained }: z.infer<typeof fiberSchema>): void {
    const { from, to } = this.options;
    const refuse = (expected: string) => {
      throw new UsageError(`Brain.fibers: of ${from} > ${to} expected ${expected}`);
    };
    if (counts.length !== sources.length) refuse(`${sources.length} counts, got ${counts.length}`);
    if (gained.length !== this.#gained.length) refuse(`${this.#gained.length} gains, got ${gained.length}`);
    this.#gained.set(gained);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total !== targets.length) refuse(`${total} targets, got ${targets.length}`);
    let place = 0;
    sources.forEach((source, i) => {
      if (source >= this.options.sources) refuse(`neurons below ${this.options.sources}, got ${source}`);
      const row = this.#row(source);
      row.weights = new Float32Array(row.targets.length).fill(1);
      for (let at = 0; at < row.targets.length && place < targets.length; at++)
        if (row.targets[at] === targets[place] && counts[i]!-- > 0) row.weights[at] = weights[place++]!;
    });
    if (place < targets.length)
      refuse(`synapses of its seed, got one to ${targets[place]} that is not among them`);
  }
}

/** What a fiber has learned. */
export const fiberSchema = z
  .strictObject({
    from: z.string(),
    to: z.string(),
    sources: packed('uint32'),
    counts: packed('uint32'),
    targets: packed('uint32'),
    weights: packed('float32').refine(
      (weights) => weights.every((weight) => weight > 0 && Number.isFinite(weight)),
      'expected weights above 0',
    ),
    gained: packed('float64').refine(allFinite, 'expected finite numbers'),
  })
  .refine(
    ({ targets, weights }) => targets.length === weights.length,
    'expected as many weights as targets, got others',
  );
