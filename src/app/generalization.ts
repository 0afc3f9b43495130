/** The scores of a model over the setting that a task's grid raises, as the picture of them wants it. */
import { lossKinds } from '../core/loss-kinds.ts';
import { assemble } from '../registry.ts';
import type { GeneralizationRecord } from '../report/index.ts';
import type { EvaluationRow, TrainedModel } from './evaluate.ts';

/** The grid of a model's evaluations as a picture's record; undefined where no number grows along it. */
export function generalizationRecord(
  model: TrainedModel,
  named: { readonly name: string; readonly step: number | null },
  rows: readonly EvaluationRow[],
): GeneralizationRecord | undefined {
  const { task, config, settings } = assemble(model.config, model.known);
  const key = growingSetting(rows);
  if (key === undefined) return undefined;
  const trained = settings as Readonly<Record<string, unknown>>;
  const to = Number(trained[key]);
  const least = trained[key.replace(/^max/, 'min')];
  const { wrong, wrongByChance } = lossKinds[task.loss];
  const { chance } = task.lines(settings);
  return {
    title: `${task.name} with ${config.cell.name}`,
    subtitle: named.step === null ? named.name : `${named.name}, step ${named.step}`,
    xName: withoutMost(key),
    measure: wrong.name,
    trained: { from: typeof least === 'number' ? least : to, to },
    points: rows.map((row) => ({
      at: Number(row.settings[key]),
      wrong: wrong.of(row) ?? Number.NaN,
      inexact: 100 * (1 - row.exactAccuracy),
    })),
    lines: [{ name: 'chance', value: wrongByChance ?? chance }],
  };
}

/** The setting that is another number in every row; the upper end where a range is moved along. */
function growingSetting(rows: readonly EvaluationRow[]): string | undefined {
  const names = Object.keys(rows[0]?.settings ?? {}).filter((name) => {
    const values = rows.map(({ settings }) => settings[name]);
    return new Set(values).size > 1 && values.every((value) => typeof value === 'number');
  });
  return names.find((name) => /^max/.test(name)) ?? names[0];
}

/** `maxLength` -> `length`. */
function withoutMost(key: string): string {
  return key
    .replace(/^max(?=[A-Z])/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}
