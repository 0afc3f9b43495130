/** Rows of an evaluation: which settings, and the scores of a trained model on them. */
import type { NamedArrays, Scores } from '../core/contracts.ts';
import { CheckpointError, UsageError } from '../core/errors.ts';
import { showShape } from '../core/shape.ts';
import { type Assembly, assemble, type Registry } from '../registry.ts';
import type { Config } from '../train/config.ts';
import { evaluateSet, evaluationSet } from '../train/evaluate.ts';
import { type Layer, layOver } from './layers.ts';
import type { Machine } from './open-engine.ts';

/** A trained model: its configuration and its parameters. */
export interface TrainedModel {
  readonly config: Config;
  /** Parameters only. */
  readonly arrays: NamedArrays;
  /** Where its task and its cell are found; what ships, where it is left out. */
  readonly known?: Registry | undefined;
}

/** What a trained model was trained on. */
type Trained = Pick<TrainedModel, 'config' | 'known'>;

/** Settings of a task, each under the name of its row. */
export type NamedSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The sequences of each row: the first ones that the seed draws, and how many are computed at a time. */
export interface EvaluationChoice {
  readonly rows: NamedSettings;
  readonly seed: number;
  readonly sequences: number;
  readonly batchSize: number;
}

/** One line of the result. */
export interface EvaluationRow extends Scores {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * The rows that were asked for, each to be computed when a backend is open.
 * @throws UsageError on settings that are wrong, or that the model's sizes do not fit
 */
export function evaluateModel(
  model: TrainedModel,
  { rows, seed, sequences, batchSize }: EvaluationChoice,
): ((machine: Machine) => EvaluationRow)[] {
  return Object.entries(rows).map(([name, settings]) => {
    const assembly = assembleFor(model, settings);
    return (machine) => {
      const plan = { ...model.config.evaluation, seed, wanted: sequences };
      const set = evaluationSet(assembly.task, assembly.settings, plan);
      const engine = machine.open(assembly);
      engine.load(model.arrays);
      const scores = evaluateSet(engine, assembly.task.loss, set, batchSize);
      engine.dispose();
      if (!Number.isFinite(scores.bitsPerSequence))
        throw new CheckpointError(
          `${name}: expected finite outputs, got a loss of ${scores.bitsPerSequence} bits; the model is of no use there`,
        );
      return { name, settings: assembly.settings as Record<string, unknown>, ...scores };
    };
  });
}

/** The rows of the task's generalization grid. */
export function gridRows({ config, known }: Trained): NamedSettings {
  const { task, settings } = assemble(config, known);
  return task.harder(settings) as NamedSettings;
}

/** One row: the training distribution, with these settings laid over it where some are given. */
export function rowOf({ config, known }: Trained, changed?: Layer): NamedSettings {
  const own = assemble(config, known).settings as Record<string, unknown>;
  if (changed === undefined) return { 'as trained': own };
  const name = Object.entries(changed).map(([key, value]) => `${key} ${String(value)}`);
  return { [name.join(', ')]: layOver(own, changed) };
}

/**
 * The trained model built for other settings of its task.
 * @throws UsageError when they need another model
 */
function assembleFor({ config, known }: Trained, settings: Readonly<Record<string, unknown>>): Assembly {
  const name = (path: string) => (path.startsWith('task.') ? `--${path}` : path);
  const trained = assemble(config, known);
  const asked = assemble({ ...config, task: { ...settings, name: config.task.name } }, known, { name });
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
