/** One session of training on a run: events to the terminal, metrics.jsonl and checkpoints, until it ends or is ended. */
import type { Engine } from '../core/contracts.ts';
import { CheckpointError } from '../core/errors.ts';
import type { Assembly } from '../registry.ts';
import { configHash, saveCheckpoint } from './checkpoint.ts';
import type { Config } from '../train/config.ts';
import { type DoneEvent, type LoopState, type TrainEvent, train } from '../train/loop.ts';
import { openMetrics } from './metrics.ts';
import { showProgress } from '../cli/shell/progress.ts';
import type { Run } from './folder.ts';
import { listenForSignals } from '../cli/shell/signals.ts';
import { StorageError } from './storage.ts';
import type { Terminal } from '../cli/shell/terminal.ts';

/** What a session works on. */
export interface SessionOptions {
  readonly terminal: Terminal;
  readonly run: Run;
  readonly assembly: Assembly;
  /** Open, with the parameters that belong to `state`. */
  readonly engine: Engine;
  /** Where to go on from; left out, training begins. */
  readonly state?: LoopState | undefined;
}

/** How a session ended. */
export interface Outcome {
  readonly done: DoneEvent;
  /** The signal's exit code, where one ended it. */
  readonly signalCode: number | undefined;
}

/**
 * Trains until the budget is spent, the task is solved or a signal comes.
 * @throws DivergedError, and StorageError when the disk refuses; the last checkpoint is whole either way
 */
export async function trainSession(options: SessionOptions): Promise<Outcome> {
  const { terminal, run, assembly, engine, state } = options;
  const { config, task, settings } = assembly;
  const progress = showProgress({
    terminal,
    budget: config.budget,
    batchSize: config.batchSize,
    step: state?.step ?? 0,
    wallSeconds: state?.wallSeconds ?? 0,
  });
  const interruption = listenForSignals((name) => terminal.note(`${name}: saving; once more ends at once`));
  const log = openMetrics(run.path);
  const store = (event: TrainEvent): void => {
    if (event.kind === 'step' || event.kind === 'evaluation') log.append(event);
    if (event.kind === 'evaluation') progress.evaluation(event);
    if (event.kind !== 'checkpoint') return;
    log.sync();
    save(run, config, event);
  };
  try {
    const events = train({
      task,
      settings,
      engine: progress.watch(engine),
      config,
      state,
      signal: interruption.signal,
    });
    for await (const event of events) {
      store(event);
      if (event.kind === 'done') return { done: event, signalCode: interruption.exitCode() };
    }
  } finally {
    progress.stop();
    interruption.stop();
    log.close();
  }
  throw new Error('internal: training ended without saying so');
}

function save(run: Run, config: Config, event: TrainEvent & { kind: 'checkpoint' }): void {
  const { arrays, state, best } = event;
  const checkpoint = { arrays, state, configHash: configHash(config), versions: run.meta.versions };
  try {
    saveCheckpoint(run.path, checkpoint, { keep: config.checkpoint.keep, best });
  } catch (error) {
    // The checkpoints there are whole; it is the disk that is not to be had.
    throw error instanceof CheckpointError ? new StorageError(error.message, { cause: error }) : error;
  }
}
