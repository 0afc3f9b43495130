/**
 * What a prominence rule is: how usage of the slots goes from step to step, and what the heads make of it.
 * The order of the calls within a step is the contract between `ntm.ts` and the rules.
 */
import type { Tensor, Tensor2D, Tensor3D } from '../../core/tf.ts';

/** What the controller tells the rule: `readGates` of [B,R,1] and `writeGates` of [B,V,1], all in (0,1). */
export interface ProminenceGates {
  readonly read: readonly Tensor3D[];
  readonly write: readonly Tensor3D[];
}

/** Where the write heads point, which they remember, and the weights they write with; both [B,V,N]. */
export interface Placement {
  readonly pointed: Tensor3D;
  readonly written: Tensor3D;
}

/**
 * A rule. Within step t, in this order: `release`, `score`, `place`, and `update` once reading and writing are done.
 * `P` are its learned numbers, `U` its part of the state: `{ usage: [B,N] }`, or `{}` for `none`.
 */
export interface ProminenceRule<
  P extends { readonly [name: string]: Tensor } = { readonly [name: string]: Tensor },
  U extends { readonly [name: string]: Tensor2D } = { readonly [name: string]: Tensor2D },
> {
  /** Permuting the slots permutes what the rule does: it cannot tell slots apart that were always treated alike. */
  readonly equivariant: boolean;
  /** Gates in (0,1) that the controller gives for each head of a kind, by the names of their probes. */
  readonly readGates: readonly string[];
  readonly writeGates: readonly string[];
  init(writeHeads: number): P;
  start(batchSize: number, slots: number): U;
  /** Usage after what the controller frees before it addresses anything; `readWeights` are those of step t-1. */
  release(before: U, gates: ProminenceGates, readWeights: Tensor3D): U;
  /** What is added to the content score of so many read heads followed by so many write heads, [B,K,N]. */
  score(params: P, usage: U, heads: { read: number; write: number }): Tensor3D | undefined;
  /** What becomes of the weights [B,V,N] that addressing gave the write heads. */
  place(params: P, usage: U, context: { gates: ProminenceGates; addressed: Tensor3D }): Placement;
  /** usage_t from usage_{t-1} (after `release`) and the weights of step t. */
  update(params: P, usage: U, weights: { read: Tensor3D; written: Tensor3D }): U;
}
