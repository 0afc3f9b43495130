/**
 * The compiler's public names: `compile` a model, `print` its graphs, read the program that came out as plain data or as
 * text (`wat`), and see what it spends where (`profile`).
 */
export { type CompileOptions, compile, passes } from './compile.ts';
export { CompileError, UnsupportedKernelError } from './errors.ts';
export { type ModelGraphs, type RowLosses, traceModel } from './frontend/model.ts';
export type { Graph, Node, NodeId, Operation } from './ir/graph.ts';
export { interpret } from './ir/interpret.ts';
export { print } from './ir/print.ts';
export type { OnPass, Pass, PassRecord } from './pass.ts';
export { CompiledModel, type Measured } from './runtime/compiled-model.ts';
export {
  type Cost,
  type PhaseCost,
  type Profile,
  type ProfileOptions,
  profile,
  showProfile,
} from './runtime/profile.ts';
export { hasRelaxedSimd } from './runtime/runtime.ts';
export { printProgram } from './schedule/print.ts';
export type { Phase, Program } from './schedule/program.ts';
export { wat } from './wasm/text.ts';
