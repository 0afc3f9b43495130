/** A trial from the settings that were written for it: the same settings, and so the same trial, wherever it is run. */
import { configure } from '../../app/configure.ts';
import type { Layer } from '../../app/layers.ts';
import { type Prepared, trialId } from '../../compare/trial.ts';
import type { Registry } from '../../registry.ts';
import { kindsOfLayers } from './own-kinds.ts';

/** A trial, and what its task is looked up in. */
export interface StoredTrial {
  readonly trial: Prepared;
  readonly known: Registry;
}

/**
 * The trial of settings, its own cell and task loaded.
 * @throws UsageError on settings that cannot be here
 */
export async function storedTrial(asked: Layer): Promise<StoredTrial> {
  const { typed, known } = await kindsOfLayers({ typed: asked, trusted: false });
  const { config } = configure({ typed, known });
  return { trial: { id: trialId(config), asked, config }, known };
}
