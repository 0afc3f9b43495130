/** What Node and the page both run: the tiny Neural Turing Machine on the copy task, compiled, from one seed. */

import {
  assemble,
  compiledEngine,
  configSchema,
  openBackend,
  optimizer,
  recipe,
  rng,
} from '../../src/index.ts';
import { hasRelaxedSimd } from '../../src/jit/index.ts';

/** What may differ between runs without changing what is computed, save for `relaxed`. */
export interface LossesOptions {
  readonly steps: number;
  readonly relaxed: boolean;
  readonly threads: number;
}

/** Losses in nats of the first training steps. */
export async function firstLosses({ steps, relaxed, threads }: LossesOptions): Promise<number[]> {
  await openBackend('cpu');
  const { task: taskSettings, cell, ...rest } = recipe('copy', 'ntm', 'tiny');
  const config = configSchema.parse({
    ...rest,
    task: { name: 'copy', ...taskSettings },
    cell: { name: 'ntm', ...cell },
  });
  const { task, settings, model } = assemble(config);
  const engine = compiledEngine({
    model,
    loss: task.loss,
    optimizer: optimizer(config.optimizer),
    initRng: rng(config.seed, 'init'),
    relaxed,
    threads,
  });
  const data = rng(config.seed, 'data');
  try {
    return Array.from(
      { length: steps },
      () => engine.trainStep(task.sample(settings, data, config.batchSize)).lossNats,
    );
  } finally {
    engine.dispose();
  }
}

/** What a page can say of its engine. */
export const abilities = () => ({
  relaxed: hasRelaxedSimd(),
  isolated: (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true,
});
