/**
 * Weights that a run begins with instead of drawn ones: taken from a run, a checkpoint or a file, and kept in the run that
 * begins, so that it can begin again without them.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Model, NamedArrays } from '../core/contracts.ts';
import { CheckpointError } from '../core/errors.ts';
import { checkArrays, PARAMS } from '../train/engine.ts';
import { parameterShapes } from '../train/footprint.ts';
import { loadWeights } from './checkpoint-folder.ts';
import { encodeSafetensors } from './safetensors.ts';
import { isThere } from './storage.ts';
import { openTarget, paramsOf, type Target } from './target.ts';

const FILE = 'init.safetensors';

/** Where weights come from. */
export interface InitialWeights {
  readonly arrays: NamedArrays;
  /** The model they are of; nothing where they are a file's. */
  readonly target?: Target;
}

/**
 * The parameters of a run, a checkpoint, a model that ships, or a safetensors file.
 * @throws CheckpointError when there are none, or they are damaged
 */
export function openWeights(name: string): InitialWeights {
  if (name.endsWith('.safetensors')) return { arrays: paramsOf(loadWeights(resolve(name))) };
  const target = openTarget(name);
  return { arrays: target.arrays, target };
}

/**
 * Refuses weights that are not of this model.
 * @param from what they are called in the message
 * @throws CheckpointError naming the first array that is missing, unknown or of another shape
 */
export function checkWeights(model: Model, arrays: NamedArrays, from: string): void {
  const shapes = Object.entries(parameterShapes(model)).map(
    ([path, shape]) => [PARAMS + path, shape] as const,
  );
  try {
    checkArrays(Object.fromEntries(shapes), arrays);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const [what] = error.message.split('; ');
    throw new CheckpointError(`${from}: ${what}; give the cell and the task the sizes that the weights have`);
  }
}

/** Keeps the weights that a run begins with in its folder. */
export function keepWeights(folder: string, arrays: NamedArrays): void {
  writeFileSync(join(folder, FILE), encodeSafetensors(arrays), { flush: true });
}

/** The weights that a run began with, where they were not drawn. */
export function keptWeights(folder: string): NamedArrays | undefined {
  const file = join(folder, FILE);
  return isThere(file) ? loadWeights(file) : undefined;
}
