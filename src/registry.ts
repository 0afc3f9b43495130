/**
 * Every cell and task by the name a person types, and what a configuration makes of them.
 * The lists themselves are `cells/kinds.ts` and `tasks/kinds.ts`; nothing else in the library knows a cell or a task by name.
 */

import { tasks } from '../tasks/index.ts';
import * as kinds from './cells/kinds.ts';
import { model } from './cells/model.ts';
import type { CellKind, Model, Task } from './core/contracts.ts';
import { find } from './core/lookup.ts';
import { readSettings, type SettingsPlace } from './core/settings.ts';
import type { Config } from './train/config.ts';

/** Cells and tasks by name. */
export interface Registry {
  readonly cells: Readonly<Record<string, CellKind>>;
  readonly tasks: Readonly<Record<string, Task>>;
}

/** Every cell by the name that a person types. */
export const cells: Readonly<Record<string, CellKind>> = Object.fromEntries(
  Object.values(kinds).map((kind) => [kind.name, kind as CellKind]),
);

/** What ships with the library. */
export const registry: Registry = { cells, tasks };

/** A configuration with everything it names found, checked and built. */
export interface Assembly {
  /** With every default of the task and the cell written out. */
  readonly config: Config;
  readonly task: Task;
  readonly settings: unknown;
  readonly model: Model;
  /** Where its task and its cell were found. */
  readonly known: Registry;
  /** What is allowed and may not be meant, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Looks up the task and the cell, checks their settings and builds the model.
 * @throws UsageError on a name or a setting that is not known, and on sizes that cannot work together
 */
export function assemble(
  config: Config,
  known: Registry = registry,
  told: Pick<SettingsPlace, 'name' | 'elsewhere'> = {},
): Assembly {
  const task = find(known.tasks, 'task', config.task.name);
  const kind = find(known.cells, 'cell', config.cell.name);
  const place = (at: string, command: string): SettingsPlace => ({
    at,
    cure: `see engram ${command}`,
    ...told,
  });
  const settings = readSettings(task.settings, withoutName(config.task), place('task', 'tasks'));
  const cellSettings = readSettings(kind.settings, withoutName(config.cell), place('cell', 'cells'));
  const resolved: Config = {
    ...config,
    task: { name: task.name, ...(settings as object) },
    cell: { name: kind.name, ...(cellSettings as object) },
  };
  const { embeddingSize, hiddenSize } = config.model;
  const { inputSize, outputSize, maxLength } = task.sizes(settings);
  const cell = kind.create(cellSettings, { inputSize: embeddingSize || inputSize, maxLength });
  return {
    config: resolved,
    task,
    settings,
    model: model(cell, { inputSize, outputSize, embeddingSize, hiddenSize }),
    known,
    warnings: overload(task, settings, cell.slots),
  };
}

function withoutName({ name: _, ...settings }: { readonly name: string }): Record<string, unknown> {
  return settings;
}

/** A task that asks for more than the memory has slots may still be learned: two vectors fit in one slot. */
function overload(task: Task, settings: unknown, slots: number | undefined): string[] {
  const load = task.load(settings);
  if (slots === undefined || load <= slots) return [];
  return [
    `${task.name}: expected at most ${slots} vectors, one a slot, got up to ${load}; raise cell.slots, or go on and see`,
  ];
}
