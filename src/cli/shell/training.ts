/** What `train` and `resume` do once they know their configuration: open the engine, train, draw; what came of it is data. */

import { join } from 'node:path';
import type { Machine } from '../../app/open-engine.ts';
import { namedLines } from '../../app/reference-lines.ts';
import type { Engine } from '../../core/contracts.ts';
import { lossKinds, solvedBelow, toldInBits } from '../../core/loss-kinds.ts';
import type { Assembly } from '../../registry.ts';
import { loadCheckpoint } from '../../runs/checkpoint.ts';
import { checkStorable } from '../../runs/checkpoint-folder.ts';
import type { Run } from '../../runs/folder.ts';
import type { Lock } from '../../runs/lock.ts';
import { trainSession } from '../../runs/session.ts';
import { checkFits, type ModelSize, modelSize, stateVectors } from '../../train/footprint.ts';
import type { DoneEvent, LoopState } from '../../train/loop.ts';
import { optimizer } from '../../train/optimizer.ts';
import type { Outcome } from './outcome.ts';
import { figure, showProgress } from './progress.ts';
import { shownPath } from './shown-path.ts';
import { listenForSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';

/** A run that is ready to be trained. */
export interface Training {
  readonly terminal: Terminal;
  readonly run: Run;
  readonly lock: Lock;
  readonly assembly: Assembly;
  readonly engine: Engine;
  readonly machine: Machine;
  readonly state?: LoopState | undefined;
  readonly pictures: boolean;
}

/**
 * Trains, draws where pictures were asked for, and closes the engine and the lock.
 * @throws DivergedError, and StorageError when the disk refuses; the last checkpoint is whole either way
 */
export async function performTraining(training: Training): Promise<Outcome> {
  const { run, lock, engine, machine, assembly, state, terminal } = training;
  const { config, task } = assembly;
  try {
    const { done, signalCode } = await follow(training).finally(() => lock.release());
    const drawn = training.pictures && done.reason !== 'interrupted';
    if (drawn) await drawRun({ terminal, run, assembly, machine });
    return {
      done,
      signalCode,
      run: shownPath(run.path),
      config,
      solvedBelow: solvedBelow(task, assembly.settings),
      engine: engine.name,
      backend: engine.backend,
      parameters: engine.parameterCount,
      trained: state?.step !== done.step,
    };
  } finally {
    engine.dispose();
  }
}

/** Shows progress and listens for signals while the session goes on. */
async function follow(
  training: Training,
): Promise<{ readonly done: DoneEvent; readonly signalCode: number | undefined }> {
  const { terminal, run, assembly, engine, state } = training;
  const { config, task, settings } = assembly;
  const { budget, batchSize } = config;
  const { step = 0, wallSeconds = 0 } = state ?? {};
  const progress = showProgress({ terminal, budget, batchSize, step, wallSeconds });
  const { signal, exitCode, stop } = listenForSignals((name) =>
    terminal.note(`${name}: saving; once more ends at once`),
  );
  const watched = progress.watch(engine);
  try {
    for await (const event of trainSession({ run, task, settings, engine: watched, config, state, signal })) {
      progress.event(event);
      if (event.kind === 'done') return { done: event, signalCode: exitCode() };
    }
  } finally {
    progress.stop();
    stop();
  }
  throw new Error('internal: training ended without saying so');
}

/** The newest parameters of a run, drawn into its folder. */
async function drawRun(options: Pick<Training, 'terminal' | 'run' | 'assembly' | 'machine'>): Promise<void> {
  const { terminal, run, assembly, machine } = options;
  const { config } = assembly;
  const { arrays, state } = loadCheckpoint(run.path);
  const { known } = assembly;
  const target = {
    name: run.path,
    run,
    folder: run.path,
    config,
    arrays,
    known,
    step: state.step,
    damaged: [],
  };
  const out = join(run.path, 'report');
  // A twentieth of a second to load, which training without pictures does without.
  const { draw } = await import('./draw.ts');
  const files = await draw({ terminal, machine, target, out, seed: config.seed });
  terminal.note(`drew ${files.length} files into ${out}: look at ${join(out, 'index.html')}`);
}

/**
 * The size of a model.
 * @throws UsageError when training it cannot fit into memory, or its checkpoint into files that are read
 */
export function checkTraining({ config, task, settings, model }: Assembly, machine: Machine): ModelSize {
  const size = modelSize(model);
  const length = task.sizes(settings).maxLength;
  const load = { optimizer: optimizer(config.optimizer), batchSize: config.batchSize, length };
  checkFits(size, load, machine.limitBytes);
  checkStorable(size.parameters, stateVectors(load.optimizer));
  return size;
}

/**
 * Says in two lines what is about to happen, and opens the engine: building a large model takes a while.
 * @throws UsageError before anything is built or said when training cannot fit into memory
 */
export function openTraining(
  options: Pick<Training, 'terminal' | 'assembly' | 'machine'>,
  path: string,
): Engine {
  const { terminal, assembly, machine } = options;
  const { config, task, settings } = assembly;
  const size = checkTraining(assembly, machine);
  const simd = machine.simd ? ' with SIMD' : '';
  const unit = lossKinds[task.loss].measure.name;
  const lines = namedLines(task.lines(settings)).map(({ name, value }) => `${name} ${figure(value)}`);
  terminal.note(
    `${task.name} with ${config.cell.name}: ${size.parameters} parameters, seed ${config.seed}, ${machine.engine} on ${machine.backend}${simd}, in ${path}`,
  );
  const below = figure(solvedBelow(task, settings));
  const solved = toldInBits(task.loss) ? below : `${below} bits per sequence`;
  terminal.note(`to compare with: ${lines.join(', ')} ${unit}; solved below ${solved}`);
  return machine.open(assembly);
}
