/** What can be evaluated and drawn: a run, one checkpoint of a run, or a model that ships without its run. */
import { basename, dirname, join, resolve } from 'node:path';
import type { NamedArrays } from '../core/contracts.ts';
import { CheckpointError } from '../core/errors.ts';
import { didYouMean } from '../core/lookup.ts';
import { type Config, configSchema } from '../train/config.ts';
import { PARAMS } from '../train/engine.ts';
import { bestUsable, checkpointSteps, loadCheckpoint, newestUsable } from './checkpoint.ts';
import { type LoadedCheckpoint, loadWeights } from './checkpoint-folder.ts';
import { configHash, configHashes } from './config-hash.ts';
import { openRun, type Run, readJson, runNames, runsFolder, writeJson } from './folder.ts';
import { refuseNewer } from './format.ts';
import { copySource, type SourceFiles } from './source.ts';
import { isThere, writing } from './storage.ts';
import { clearTemporaries } from './whole-file.ts';

/** A trained model. */
export interface Target {
  /** As it was asked for. */
  readonly name: string;
  readonly config: Config;
  /** Parameters only. */
  readonly arrays: NamedArrays;
  /** Training step of the parameters; null where it is not known. */
  readonly step: number | null;
  /** The run it belongs to, where it has one. */
  readonly run?: Run;
  /** Where the log of its training lies, if it has one: the run's folder, or the model's own. */
  readonly folder: string;
  /** One line for each checkpoint that was to be taken first and is damaged. */
  readonly damaged: readonly string[];
}

/**
 * The trained model of a run (its best checkpoint, or the newest whole one where that is damaged), of a checkpoint, or of a folder with `card.json` and `weights.safetensors`.
 * @throws CheckpointError when it is missing, damaged, or of another configuration than its run
 */
export function openTarget(name: string): Target {
  const inRuns = join(runsFolder, name);
  for (const path of [name, inRuns]) {
    if (isThere(join(path, 'config.json'))) return runTarget(name, openRun(path));
    if (isThere(join(path, 'card.json'))) return cardTarget(name, resolve(path));
  }
  if (/^step-\d+$/.test(basename(resolve(name)))) return checkpointTarget(name);
  const near = didYouMean(basename(name), runNames());
  throw new CheckpointError(`expected a run or a checkpoint, got ${name}; ${near ?? 'see engram runs ls'}`);
}

/** Reads only: damaged checkpoints stay where they are until `resume` sets them aside. */
function runTarget(name: string, run: Run): Target {
  const { checkpoint, damaged } = bestUsable(run.path, { configHash: configHashes(run.config) });
  const instead = `step ${checkpoint.state.step} is taken instead`;
  const lines = damaged.map((line) => `${line.slice(0, line.lastIndexOf(';'))}; ${instead}`);
  return { ...fromCheckpoint(name, run, checkpoint), damaged: lines };
}

function checkpointTarget(name: string): Target {
  const path = resolve(name);
  const run = openRun(dirname(dirname(path)));
  return fromCheckpoint(name, run, loadCheckpoint(path, { configHash: configHashes(run.config) }));
}

function fromCheckpoint(name: string, run: Run, { arrays, state }: LoadedCheckpoint): Target {
  return {
    name,
    run,
    folder: run.path,
    config: run.config,
    arrays: paramsOf(arrays),
    step: state.step,
    damaged: [],
  };
}

function cardTarget(name: string, path: string): Target {
  const file = join(path, 'card.json');
  const card = readJson(file) as Card | null;
  refuseNewer(file, card, 'engram.card/1');
  refuseNewer(file, card?.config, 'engram.config/1');
  const config = configSchema.safeParse(card?.config);
  if (!config.success)
    throw new CheckpointError(
      `${file}: expected the model's configuration under config, got none that is valid; the model cannot be used`,
    );
  if (cardHash(file, card, 'configHash') !== configHash(config.data))
    throw new CheckpointError(
      `${file}: expected the configuration that its configHash says, got another; the model cannot be trusted`,
    );
  const arrays = paramsOf(loadWeights(path, cardHash(file, card, 'sha256')));
  return { name, folder: path, config: config.data, arrays, step: null, damaged: [] };
}

/** What a model is held to: the rest of its card is for a person. */
interface Card {
  readonly config?: unknown;
  /** Of weights.safetensors. */
  readonly sha256?: unknown;
  /** `configHash` of the configuration. */
  readonly configHash?: unknown;
}

/** What a card says its weights and its configuration are. */
function cardHash(file: string, card: Card | null, name: 'sha256' | 'configHash'): string {
  const hash = card?.[name];
  if (typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)) return hash;
  const what =
    name === 'sha256' ? 'the sha256 of weights.safetensors' : 'the configHash of its configuration';
  throw new CheckpointError(
    `${file}: expected ${what}, got ${hash === undefined ? 'none' : 'something else'}; the model cannot be trusted`,
  );
}

/** The parameters among a checkpoint's arrays. */
export function paramsOf(arrays: NamedArrays): NamedArrays {
  return Object.fromEntries(Object.entries(arrays).filter(([name]) => name.startsWith(PARAMS)));
}

/**
 * Writes the configuration that a run goes on with, which says by its hashes which code and which checkpoints are the
 * run's: new code is put beside the old before it, so that a kill leaves the one or the other.
 * @throws StorageError when the disk refuses
 */
export function goOnWith({ path, meta }: Run, config: Config, source?: SourceFiles): void {
  writing(path, () => {
    if (source) {
      copySource(path, source);
      writeJson(join(path, 'meta.json'), { ...meta, sourceRoot: source.root });
    }
    writeJson(join(path, 'config.json'), config);
  });
}

/**
 * Where a run goes on: its newest whole checkpoint, or its beginning when it was stopped before the first one. What a
 * killed process left unfinished is cleared away.
 * @throws CheckpointError when all its checkpoints are damaged, or of another configuration than the one that is given
 */
export function checkpointOf(
  run: Run,
  config: Config,
): { readonly checkpoint: LoadedCheckpoint | undefined; readonly damaged: readonly string[] } {
  const never = checkpointSteps(run.path).length === 0 && !isThere(join(run.path, 'last'));
  const { keep } = config.checkpoint;
  if (!never) return newestUsable(run.path, { configHash: configHashes(config), keep });
  writing(run.path, () => clearTemporaries(run.path));
  return { checkpoint: undefined, damaged: [] };
}
