/** Opens the backend and the engine that were asked for. An explicit choice never becomes another one. */
import { availableParallelism } from 'node:os';
import { backendOpeners, type OpenBackend, openBackend } from '../core/backend.ts';
import type { Engine } from '../core/contracts.ts';
import { UnavailableError } from '../core/errors.ts';
import { rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';
import type { Assembly } from '../registry.ts';
import type { Config } from '../train/config.ts';
import { eagerEngine } from '../train/eager.ts';
import { optimizer } from '../train/optimizer.ts';
import { probedNative } from './native-probe.ts';
import type { Meta } from './run-folder.ts';
import { packageVersion } from './version.ts';

/**
 * Opens the backend of choice for the engine of choice.
 * @throws UnavailableError with the reason and the cure
 */
export async function openMachine(choice: Pick<Config, 'engine' | 'backend'>): Promise<OpenBackend> {
  if (choice.engine === 'compiled')
    throw new UnavailableError(
      '--engine: expected eager or auto, got compiled, which this version does not have; use --engine eager',
    );
  return openBackend(
    choice.backend,
    backendOpeners(() => probedNative()),
  );
}

/** An engine with the parameters that the configuration's seed draws, on the backend that is open. */
export function openEngine({ config, task, model }: Assembly): Engine {
  return eagerEngine({
    model,
    loss: task.loss,
    optimizer: optimizer(config.optimizer),
    initRng: rng(config.seed, 'init'),
  });
}

/** What goes into meta.json. */
export function describeRun(config: Config, backend: OpenBackend, argv: readonly string[]): Meta {
  const native = backend.name === 'tensorflow' ? { 'tfjs-node': backend.version ?? 'unknown' } : {};
  return {
    schema: 'engram.run/1',
    created: new Date().toISOString(),
    argv,
    seed: config.seed,
    engine: 'eager',
    backend: backend.name,
    simd: backend.simd ?? null,
    versions: { engram: packageVersion(), node: process.versions.node, tfjs: tf.version_core, ...native },
    machine: `${process.platform} ${process.arch}, ${availableParallelism()} cores`,
  };
}
