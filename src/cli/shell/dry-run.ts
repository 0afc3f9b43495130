/** What training would be, without training: the configuration, the sizes, and how long a few steps take. Writes nothing. */
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Machine } from '../../app/open-engine.ts';
import type { Batch, Engine } from '../../core/contracts.ts';
import { rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import type { Assembly } from '../../registry.ts';
import type { CompiledEngine } from '../../train/compiled.ts';
import { modelSize } from '../../train/footprint.ts';
import { duration, figure } from './progress.ts';

/** Steps are measured for so long, and so many of them at the least: the first ones are slow. */
const MEASURED_MS = 1500;
const LEAST_STEPS = 3;
/** Steps that are made first, for the number of threads to be chosen and the program to be translated. */
const WARM_UP_MS = 500;

/** What is known of training before it begins. */
export interface DryRun {
  readonly config: Assembly['config'];
  readonly parameters: number;
  /** Numbers that one sequence hands on from step to step. */
  readonly stateSize: number;
  /** The median of a few, on the machine as it is now. */
  readonly secondsPerStep: number;
  /** What the engine holds after steps of these lengths. */
  readonly memoryBytes: number;
  readonly engine: string;
  readonly backend: string;
}

/** Makes a few steps with an open engine, and disposes of it. */
export function dryRun(
  { config, task, settings, model }: Assembly,
  machine: Machine,
  engine: Engine,
): DryRun {
  const { parameters, state } = modelSize(model);
  const data = rng(config.seed, 'data');
  const sample = () => task.sample(settings, data, config.batchSize);
  stepsFor(engine, sample, WARM_UP_MS);
  const times = stepsFor(engine, sample, MEASURED_MS).sort((a, b) => a - b);
  const memoryBytes = memoryOf(engine);
  engine.dispose();
  return {
    config,
    parameters,
    stateSize: state,
    secondsPerStep: times[times.length >> 1]! / 1000,
    memoryBytes,
    engine: machine.engine,
    backend: machine.backend,
  };
}

/** Milliseconds of each step. */
function stepsFor(engine: Engine, sample: () => Batch, ms: number): number[] {
  const times: number[] = [];
  const startMs = performance.now();
  while (times.length < LEAST_STEPS || performance.now() - startMs < ms) {
    const batch = sample();
    const began = performance.now();
    engine.trainStep(batch);
    times.push(performance.now() - began);
  }
  return times;
}

function memoryOf(engine: Engine): number {
  const { compiled } = engine as Partial<CompiledEngine>;
  return compiled ? compiled.training.memoryBytes : tf.memory().numBytes;
}

/**
 * The configuration as YAML that `--config` takes, with what was found out as comments.
 * @param root the folder that the files of an own cell or task are told from
 */
export function dryRunText(found: DryRun, root?: string): string {
  const { config, parameters, stateSize, secondsPerStep, memoryBytes, engine, backend } = found;
  const { steps, sequences } = config.budget;
  const last = Math.min(
    steps ?? Number.POSITIVE_INFINITY,
    Math.ceil((sequences ?? Number.POSITIVE_INFINITY) / config.batchSize),
  );
  const whole = Number.isFinite(last)
    ? `, ${duration(last * secondsPerStep)} for all ${last} without evaluations`
    : '';
  return [
    `# parameters  ${parameters}`,
    `# state       ${stateSize} numbers for each sequence`,
    `# a step      ${figure(secondsPerStep)} s (${figure(config.batchSize / secondsPerStep)} sequences/s) on ${engine} ${backend}${whole}`,
    `# memory      ${figure(memoryBytes / 2 ** 20)} MiB in the engine`,
    stringify(settingsFile(config, root)).trimEnd(),
  ].join('\n');
}

/** A configuration whose own cell and task are named by their files, so that it can be put and used anywhere. */
function settingsFile({ source, ...config }: DryRun['config'], root: string | undefined): object {
  if (!source || root === undefined) return config;
  const named = (sort: 'task' | 'cell') =>
    source[sort] === undefined ? config[sort] : { ...config[sort], name: join(root, source[sort]) };
  return { ...config, task: named('task'), cell: named('cell') };
}
