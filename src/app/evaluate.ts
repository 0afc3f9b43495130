/** Rows of an evaluation: which settings, and the scores of a trained model on them. */
import { z } from 'zod';
import type { Input } from '../cli/shell/command.ts';
import { machineFlags } from '../cli/shell/training-flags.ts';
import type { Scores } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import { readSettings } from '../core/settings.ts';
import { showShape } from '../core/shape.ts';
import { type Assembly, assemble } from '../registry.ts';
import type { Target } from '../runs/target.ts';
import { type Config, configSchema } from '../train/config.ts';
import { evaluateSet, evaluationSet } from '../train/evaluate.ts';
import { typedLayer } from './configure.ts';
import { isLayer, layOver, readValue } from './layers.ts';
import type { Machine, MachineChoice } from './open-engine.ts';

/** One line of the result. */
export interface EvaluationRow extends Scores {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

type Flags = Input['flags'];

/**
 * The rows that were asked for, each to be computed when a backend is open.
 * @throws UsageError on settings that are wrong, or that the model's sizes do not fit
 */
export function evaluateTarget(target: Target, flags: Flags): ((machine: Machine) => EvaluationRow)[] {
  const { config } = target;
  const sequences = number(flags, 'sequences', z.int().min(1).max(10_000_000)) ?? 1000;
  const seed = seedOf(config, flags);
  const batchSize = number(flags, 'batch', z.int().min(1).max(65_536)) ?? config.evaluation.batchSize;
  return Object.entries(settingsAskedFor(config, flags)).map(([name, settings]) => {
    const assembly = assembleFor(target, settings);
    return (machine) => {
      const set = evaluationSet(assembly.task, assembly.settings, { seed, sequences, batchSize });
      const engine = machine.open(assembly);
      engine.load(target.arrays);
      const scores = evaluateSet(engine, assembly.task.loss, set);
      engine.dispose();
      return { name, settings: assembly.settings as Record<string, unknown>, ...scores };
    };
  });
}

/** The seed that was asked for, or the run's own. */
export function seedOf(config: Config, flags: Flags): number {
  return number(flags, 'seed', z.int().min(0).max(0xffff_ffff)) ?? config.seed;
}

/** The engine and backend for a model that was trained elsewhere: the flags', or whatever there is. */
export function machineOf(config: Config, flags: Flags): MachineChoice {
  const own = Object.entries(flags).filter(([name]) => Object.hasOwn(machineFlags, name));
  const typed = typedLayer(Object.fromEntries(own), machineFlags);
  const free = { engine: 'auto', backend: 'auto', threads: 0, relaxedSimd: true };
  return readSettings(configSchema, { ...config, ...free, ...typed }, { name: (path) => `--${path}` });
}

/** By name: the grid, the settings that were typed, or the training distribution. */
export function settingsAskedFor(config: Config, flags: Flags): Record<string, Record<string, unknown>> {
  const typed = typedLayer(flags, {}).task;
  if (flags.grid && typed !== undefined)
    throw new UsageError('expected --grid or --task settings, got both; give one of them');
  const { task, settings } = assemble(config);
  if (flags.grid) return task.harder(settings) as Record<string, Record<string, unknown>>;
  const own = settings as Record<string, unknown>;
  if (!isLayer(typed)) return { 'as trained': own };
  const name = Object.entries(typed).map(([key, value]) => `${key} ${String(value)}`);
  return { [name.join(', ')]: layOver(own, typed) };
}

/**
 * The trained model built for other settings of its task.
 * @throws UsageError when they need another model
 */
function assembleFor({ config }: Target, settings: Readonly<Record<string, unknown>>): Assembly {
  const name = (path: string) => (path.startsWith('task.') ? `--${path}` : path);
  const trained = assemble(config);
  const asked = assemble({ ...config, task: { ...settings, name: config.task.name } }, undefined, name);
  const sizes = ({ task, settings: own }: Assembly) => {
    const { inputSize, outputSize } = task.sizes(own);
    return showShape([inputSize, outputSize]);
  };
  if (sizes(trained) !== sizes(asked))
    throw new UsageError(
      `--task: expected inputs and outputs of the sizes ${sizes(trained)} that the model was trained on, got ${sizes(asked)}; leave their widths as they were`,
    );
  return asked;
}

function number(flags: Flags, name: string, schema: z.ZodType<number>): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  return readSettings(schema, readValue(String(text)), { at: `--${name}` });
}
