/** How a TensorFlow.js kernel becomes nodes of a graph. */
import type { Builder } from '../../ir/builder.ts';
import type { NodeId } from '../../ir/graph.ts';

/** A kernel to be written as nodes. */
export interface KernelCall {
  readonly build: Builder;
  readonly inputs: Readonly<Record<string, NodeId>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Shapes of what it gives. */
  readonly outputs: readonly (readonly number[])[];
  /** Type of its first output. */
  readonly dtype: string;
}

/** How a kernel becomes nodes: one a result. */
export type KernelRule = (call: KernelCall) => NodeId[];

/** A rule for kernels with one result. */
export const one =
  (rule: (build: Builder, call: KernelCall) => NodeId): KernelRule =>
  (call) => [rule(call.build, call)];
