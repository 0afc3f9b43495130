/** What a task and a cell are trained with where nothing else is said, as the lowest layer of a configuration. */
import type { CellKind, Task } from '../core/contracts.ts';
import { type Preset, recipe } from '../train/recipes.ts';
import { type Layer, layOver } from './layers.ts';

/** The recipe of a preset for the two by their names, under what each of them says of itself. */
export function recipeLayer(task: Task, cell: CellKind, preset: Preset): Layer {
  const recipes = [recipe(task.name, cell.name, preset), task.recipe ?? {}, cell.recipe ?? {}] as Layer[];
  return recipes.reduce(layOver, { task: { name: task.name }, cell: { name: cell.name } });
}
