/**
 * The compiler's public names: `compile` a model, `print` its graphs, read the program that came out as plain data or as
 * text (`wat`), and see what it spends where (`profile`).
 */
export { type CompileOptions, compile } from './compile.ts';
export { CompiledModel, type Measured } from './compiled-model.ts';
export { CompileError, UnsupportedKernelError } from './errors.ts';
export { interpret } from './interpret.ts';
export type { Graph, Node, NodeId, Operation } from './ir.ts';
export { type ModelGraphs, type RowLosses, traceModel } from './model-graphs.ts';
export { print } from './print.ts';
export { printProgram } from './print-program.ts';
export {
  type Cost,
  type PhaseCost,
  type Profile,
  type ProfileOptions,
  profile,
  showProfile,
} from './profile.ts';
export type { Program } from './program.ts';
export { hasRelaxedSimd } from './runtime.ts';
export { wat } from './wasm/wat.ts';
