/**
 * One session of training on a run: its events, each stored in metrics.jsonl or as a checkpoint before it is told, and how
 * fast it went in timing.jsonl.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../train/config.ts';
import {
  type CheckpointEvent,
  freshState,
  type TrainEvent,
  type TrainOptions,
  train,
} from '../train/loop.ts';
import { makeCheckpointFolder, saveCheckpoint } from './checkpoint.ts';
import { configHash } from './config-hash.ts';
import type { Run } from './folder.ts';
import { type MetricsLog, openMetrics } from './metrics.ts';
import { gone, isThere, reading, StorageError } from './storage.ts';
import { openTiming } from './timing.ts';

/** What a session works on: what the loop is given, and the run that it is stored in. */
export interface SessionOptions<C> extends TrainOptions<C> {
  readonly config: Config;
  readonly run: Run;
}

/**
 * Trains until the budget is spent, the task is solved or the signal comes.
 * @throws DivergedError, and StorageError when the disk refuses; the last checkpoint is whole either way
 */
export async function* trainSession<C>(options: SessionOptions<C>): AsyncGenerator<TrainEvent, void, void> {
  const { path } = options.run;
  const folder = identityOf(path);
  makeCheckpointFolder(path);
  const log = openMetrics(path);
  try {
    yield* stored(options, { log, folder });
  } finally {
    log.close();
  }
}

/** What of a run's folder is open, and which folder that is. */
interface Opened {
  readonly log: MetricsLog;
  readonly folder: string | undefined;
}

async function* stored<C>(
  options: SessionOptions<C>,
  { log, folder }: Opened,
): AsyncGenerator<TrainEvent, void, void> {
  const { run, config } = options;
  const state = options.state ?? freshState(config.seed);
  const timing = openTiming({ folder: run.path, optimizer: config.optimizer, state, now: options.now });
  try {
    for await (const event of train({ ...options, engine: timing.watch(options.engine) })) {
      if (event.kind === 'step' || event.kind === 'evaluation') log.append(event);
      if (event.kind === 'step') timing.append(event);
      if (event.kind === 'checkpoint')
        timing.besides(() => {
          refuseIfMoved(run.path, folder);
          log.sync();
          save(run, config, event);
        });
      yield event;
    }
  } finally {
    timing.close();
  }
}

function save(run: Run, config: Config, { arrays, state }: CheckpointEvent): void {
  const checkpoint = { arrays, state, configHash: configHash(config), versions: run.meta.versions };
  saveCheckpoint(run.path, checkpoint, { keep: config.checkpoint.keep });
}

/** Nothing is written into a folder that came where the run's was: its logs go on in the one that was moved away. */
function refuseIfMoved(path: string, identity: string | undefined): void {
  if (identityOf(path) !== identity || !isThere(join(path, 'config.json')))
    throw new StorageError(gone(path));
}

function identityOf(path: string): string | undefined {
  const stat = reading(path, () => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return stat && `${stat.dev} ${stat.ino}`;
}
