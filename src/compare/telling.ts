/** What a comparison must know of its tasks and cells beside what came of the trials. */
import { growthOf } from '../app/generalization.ts';
import { measuresOf } from '../app/learning-curve.ts';
import { assemble, type Registry } from '../registry.ts';
import { modelSize } from '../train/footprint.ts';
import type { TaskTelling } from './analysis.ts';
import type { Trial } from './trial.ts';

/** How a trial's task is told: by its name as it was typed, since trials are of that. */
export function tellingOf({ task: typed, config }: Trial, known: Registry): TaskTelling {
  const { task, settings } = assemble(config, known);
  const [measure] = measuresOf(task, settings);
  const { name, log, lines } = measure!;
  const rows = Object.values(task.harder(settings)).map((row) => ({
    settings: row as Record<string, unknown>,
  }));
  const growth = growthOf(rows, settings as Record<string, unknown>);
  return {
    ...{ task: typed, measure: name, log, lines },
    ...(growth && { grows: { setting: growth.setting, name: growth.name, trainedTo: growth.trained.to } }),
  };
}

/**
 * Numbers that the cell of a trial hands on from step to step of one sequence, on the backend that is current; null where
 * the code of a cell of a person's own does not come so far.
 */
export function stateSizeOf({ config }: Trial, known: Registry): number | null {
  try {
    return modelSize(assemble(config, known).model).state;
  } catch {
    // Its trials have failed with the same error, which is told.
    return null;
  }
}
