/** The scores of a model over the setting that a task's grid raises, as the picture of them wants it. */
import { lossKinds } from '../core/loss-kinds.ts';
import { assemble } from '../registry.ts';
import type { GeneralizationRecord } from '../report/index.ts';
import type { EvaluationRow, TrainedModel } from './evaluate.ts';

/** What a grid raises: a setting of the task, what it is called, and what was trained on in the same terms. */
export interface Growth {
  readonly setting: string;
  readonly name: string;
  readonly trained: { readonly from: number; readonly to: number };
}

/**
 * What grows along the rows of a grid; undefined where no number does.
 * @param trained the settings of the task that was trained on
 */
export function growthOf(
  rows: readonly Pick<EvaluationRow, 'settings'>[],
  trained: Readonly<Record<string, unknown>>,
): Growth | undefined {
  const setting = growingSetting(rows);
  if (setting === undefined) return undefined;
  const to = Number(trained[setting]);
  const least = trained[setting.replace(/^max/, 'min')];
  return {
    setting,
    name: withoutMost(setting),
    trained: { from: typeof least === 'number' ? least : to, to },
  };
}

/** The grid of a model's evaluations as a picture's record; undefined where no number grows along it. */
export function generalizationRecord(
  model: TrainedModel,
  named: { readonly name: string; readonly step: number | null },
  rows: readonly EvaluationRow[],
): GeneralizationRecord | undefined {
  const { task, config, settings } = assemble(model.config, model.known);
  const growth = growthOf(rows, settings as Readonly<Record<string, unknown>>);
  if (growth === undefined) return undefined;
  const { wrong, wrongByChance } = lossKinds[task.loss];
  const { chance } = task.lines(settings);
  return {
    title: `${task.name} with ${config.cell.name}`,
    subtitle: named.step === null ? named.name : `${named.name}, step ${named.step}`,
    xName: growth.name,
    measure: wrong.name,
    trained: growth.trained,
    points: rows.map((row) => ({
      at: Number(row.settings[growth.setting]),
      wrong: wrong.of(row) ?? Number.NaN,
      inexact: 100 * (1 - row.exactAccuracy),
    })),
    lines: [{ name: 'chance', value: wrongByChance ?? chance }],
  };
}

/** The setting that is another number in every row; the upper end where a range is moved along. */
function growingSetting(rows: readonly Pick<EvaluationRow, 'settings'>[]): string | undefined {
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
