/** What `train` and `resume` do once they know their configuration: open, train, tell, draw. */

import type { Machine } from '../../app/open-engine.ts';
import type { Engine } from '../../core/contracts.ts';
import type { Assembly } from '../../registry.ts';
import { loadCheckpoint } from '../../runs/checkpoint.ts';
import type { Run } from '../../runs/folder.ts';
import type { Lock } from '../../runs/lock.ts';
import { trainSession } from '../../runs/session.ts';
import { checkFits, modelSize } from '../../train/footprint.ts';
import type { DoneEvent, LoopState } from '../../train/loop.ts';
import { optimizer } from '../../train/optimizer.ts';
import { duration, figure, scoreText } from './progress.ts';
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
  readonly json: boolean;
  readonly pictures: boolean;
}

/** Trains, and sets the exit code: 0, 4 when the task was to be solved and is not, or the signal's. */
export async function performTraining(training: Training): Promise<void> {
  const { terminal, run, lock, engine, json } = training;
  const outcome = await trainSession(training).finally(() => lock.release());
  const { done, signalCode } = outcome;
  if (training.pictures && done.reason !== 'interrupted') await drawRun(training);
  if (json) terminal.result(JSON.stringify(trainDocument(training, done)));
  else for (const line of summary(training, done)) terminal.result(line);
  engine.dispose();
  if (done.reason === 'interrupted') {
    terminal.note(`saved at step ${done.step}; go on with: engram resume ${run.path}`);
    process.exitCode = signalCode ?? 130;
  } else if (training.assembly.config.budget.untilSolved && !done.solved) {
    const { task } = training.assembly;
    terminal.note(
      `engram: ${task.name}: expected it solved (below ${task.solvedBits} bits three times in a row), got ${done.scores ? scoreText(done.scores) : 'no evaluation'}; go on with more: engram resume ${run.path} --sequences ${2 * done.sequences}`,
    );
    process.exitCode = 4;
  } else if (training.state?.step === done.step) terminal.note(nothingLeft(training, done));
}

/** Why a run that was resumed did not train, and the flags with which it would. */
function nothingLeft({ run, assembly }: Training, { reason, step, sequences }: DoneEvent): string {
  const { maxTimeSeconds = 0 } = assembly.config.budget;
  const ends: Partial<Record<DoneEvent['reason'], readonly [is: string, flags: string]>> = {
    solved: ['solved as it should be', `--until-solved=false --sequences ${2 * sequences}`],
    steps: [`at its budget of ${step} steps`, `--steps ${2 * step}`],
    time: [`at its budget of ${duration(maxTimeSeconds)}`, `--max-time ${duration(2 * maxTimeSeconds)}`],
  };
  const [is, flags] = ends[reason] ?? [
    `at its budget of ${sequences} sequences`,
    `--sequences ${2 * sequences}`,
  ];
  return `engram resume: expected something left to train, got a run that is ${is}; go on with more: engram resume ${run.path} ${flags}`;
}

async function drawRun({ terminal, run, assembly, machine }: Training): Promise<void> {
  const { draw } = await import('../../app/record.ts');
  const { join } = await import('node:path');
  const checkpoint = loadCheckpoint(run.path);
  const { files, out } = await draw({
    terminal,
    machine,
    target: {
      name: run.path,
      run,
      config: assembly.config,
      arrays: checkpoint.arrays,
      step: checkpoint.state.step,
      damaged: [],
    },
    out: join(run.path, 'report'),
    seed: assembly.config.seed,
  });
  terminal.note(`drew ${files.length} files into ${out}: look at ${join(out, 'index.html')}`);
}

/** The document of `engram train --json`. */
function trainDocument({ run, assembly, engine }: Training, done: DoneEvent): Record<string, unknown> {
  const { config } = assembly;
  return {
    schema: 'engram.train/1',
    run: run.path,
    task: config.task.name,
    cell: config.cell.name,
    engine: engine.name,
    backend: engine.backend,
    seed: config.seed,
    steps: done.step,
    sequences: done.sequences,
    solved: done.solved && { sequences: done.solved.sequences, steps: done.solved.steps },
    final: finalScores(done),
    parameters: engine.parameterCount,
    wallSeconds: done.wallSeconds,
    sequencesPerSecond: done.wallSeconds > 0 ? done.sequences / done.wallSeconds : 0,
  };
}

function finalScores({ scores }: DoneEvent): Record<string, number> | null {
  if (!scores) return null;
  const { bitsPerSequence, bitErrorsPerSequence, exactAccuracy, accuracy, errorPercent } = scores;
  if (bitErrorsPerSequence !== undefined) return { bitsPerSequence, bitErrorsPerSequence, exactAccuracy };
  return { bitsPerSequence, exactAccuracy, accuracy: accuracy ?? 0, errorPercent: errorPercent ?? 0 };
}

/** The result for a person. */
function summary({ run, assembly, engine, terminal }: Training, done: DoneEvent): string[] {
  const { task, config } = assembly;
  const solved = done.solved
    ? terminal.style(
        'green',
        `solved after ${done.solved.sequences} sequences (${done.solved.steps} steps)`,
        'stdout',
      )
    : 'not solved yet';
  const rate = done.wallSeconds > 0 ? `, ${figure(done.sequences / done.wallSeconds)} sequences/s` : '';
  const scored = done.scores
    ? `${scoreText(done.scores)}, over ${done.scores.sequences} sequences`
    : 'not evaluated yet';
  return [
    `${task.name} with ${config.cell.name}: ${solved}`,
    `  now         ${scored}`,
    `  trained     ${done.sequences} sequences, ${done.step} steps, ${duration(done.wallSeconds)}${rate}`,
    `  parameters  ${engine.parameterCount}`,
    `  run         ${run.path}`,
  ];
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
  const { config, task, settings, model } = assembly;
  const size = modelSize(model);
  const length = task.sizes(settings).maxLength;
  const load = { optimizer: optimizer(config.optimizer), batchSize: config.batchSize, length };
  checkFits(size, load, machine.limitBytes);
  const simd = machine.simd ? ' with SIMD' : '';
  const unit = task.loss === 'bits' ? 'bits per sequence' : '% of answers wrong';
  const lines = Object.entries(task.lines(settings)).map(([name, value]) => `${name} ${figure(value)}`);
  terminal.note(
    `${task.name} with ${config.cell.name}: ${size.parameters} parameters, seed ${config.seed}, ${machine.engine} on ${machine.backend}${simd}, in ${path}`,
  );
  terminal.note(
    `to compare with: ${lines.join(', ')} ${unit}; solved below ${task.solvedBits} bits per sequence`,
  );
  return machine.open(assembly);
}
