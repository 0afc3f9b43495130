/** What the compiler makes of a configuration: every pass with what came out of it, and the program. */
import { openBackend } from '../core/backend.ts';
import type { CompiledModel, PassRecord } from '../jit/index.ts';
import type { Assembly } from '../registry.ts';
import { compiledEngine } from '../train/compiled.ts';
import { engineOptions } from './open-engine.ts';

/** A model compiled, with the way there. */
export interface Explained {
  /** Those over one graph behind one another, in the order in which they ran. */
  readonly passes: readonly PassRecord[];
  readonly compiled: CompiledModel;
  /** From tracing to the module. */
  readonly milliseconds: number;
  dispose(): void;
}

/**
 * Compiles a configuration as training does.
 * @param relaxed whether multiply and add round once
 * @throws CompileError or UnsupportedKernelError when the model cannot be compiled
 */
export async function explain(assembly: Assembly, relaxed: boolean): Promise<Explained> {
  await openBackend('cpu');
  const passes: PassRecord[] = [];
  const start = performance.now();
  const engine = compiledEngine({
    ...engineOptions(assembly),
    relaxed,
    onPass: (record) => passes.push(record),
  });
  const milliseconds = performance.now() - start;
  const graphs = [...new Set(passes.map(({ graph }) => graph))];
  const byGraph = graphs.flatMap((graph) => passes.filter((record) => record.graph === graph));
  return { passes: byGraph, compiled: engine.compiled, milliseconds, dispose: () => engine.dispose() };
}
