/**
 * What the associative memories have in common: their codes, what a read gives, and the verbs. A class implements only
 * what is true of it: what cannot be recalled from has no `recall`. The laws of them all: everything random comes from
 * `seed`, time is an argument, a read never writes (two reads of one cue give the same), and `toJSON` gives plain data
 * from which `fromJSON` makes the same memory again, refusing data that is not its own by the name of what is wrong.
 */

/** A dense code: spins, each -1 or +1, or real numbers. Where a cue may be incomplete, 0 stands for an unknown spin. */
export type Vector = Float32Array | Float64Array;

/** A sparse code: the units that won. */
export interface Tag {
  /** Ascending, each once. */
  readonly on: Uint32Array;
  /** The firing rate of each unit of `on`, where the code keeps rates. */
  readonly rates?: Float32Array;
  /** How many units there are. */
  readonly size: number;
}

/** What a read gives. */
export interface Recall<V> {
  readonly value: V;
  /** How well it fits, in the memory's own measure; more is better. */
  readonly score: number;
  /** Updates until the end: sweeps over all units where units are updated one after the other. */
  readonly steps: number;
  /** No further update would change anything. */
  readonly settled: boolean;
  /** Updated all at once, a state repeats after 1 step or after 2. */
  readonly cycle?: 1 | 2;
  /** Of the state before the first update and after each, where it was asked for. */
  readonly energies?: readonly number[];
}

/** Takes in a pattern, or a value under a key. */
export interface Stores<K, V = K> {
  store(key: K, value?: V): void;
  /** How many have been stored. */
  readonly size: number;
}

/** Gives what belongs to a cue. */
export interface Recalls<K, V = K, O = unknown> {
  recall(cue: K, options?: O): Recall<V>;
}

/** Fills in and mends a cue. */
export interface Completes<K, O = unknown> {
  complete(cue: K, options?: O): Recall<K>;
}

/** Has an energy that settling lowers. */
export interface Energetic<K> {
  energy(state: K): number;
}

/** Tells the new from the familiar, from 0 for what is familiar upward. */
export interface Judges<K> {
  novelty(state: K): number;
}

/** Loses one pattern on purpose. */
export interface Forgets<K> {
  forget(what: K): void;
}

/** Changes without input. */
export interface Dreams<O, R> {
  sleep(options: O): R;
}

/** Gives its whole state as plain data. Its class has `fromJSON(data: unknown)`, which throws UsageError on other data. */
export interface Portable<D> {
  toJSON(): D;
}
