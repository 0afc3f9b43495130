/** What Node and the page both run: the tiny Neural Turing Machine on the copy task, compiled, from one seed. */

import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { hasRelaxedSimd } from '../../src/jit/index.ts';
import { assemble } from '../../src/registry.ts';
import { compiledEngine } from '../../src/train/compiled.ts';
import { configSchema } from '../../src/train/config.ts';
import { optimizer } from '../../src/train/optimizer.ts';
import { recipe } from '../../src/train/recipes.ts';

/** What may differ between runs without changing what is computed, save for `relaxed`. */
export interface LossesOptions {
  readonly steps: number;
  readonly relaxed: boolean;
  readonly threads: number;
}

/** Losses in nats of the first training steps. */
export async function firstLosses({ steps, relaxed, threads }: LossesOptions): Promise<number[]> {
  await tf.setBackend('cpu');
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
