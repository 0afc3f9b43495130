/** What training takes where nothing is set: the settings that a recipe and the schemas' defaults make, and their size. */
import { openBackend } from '../core/backend.ts';
import { find } from '../core/lookup.ts';
import { type Assembly, assemble, registry } from '../registry.ts';
import { configSchema } from '../train/config.ts';
import { modelSize } from '../train/footprint.ts';
import { type Preset, presets, usualPreset } from '../train/recipes.ts';
import { recipeLayer } from './recipe.ts';
import { type SettingLine, settingLines } from './settings-list.ts';

/** A value for each preset. */
export type ByPreset<T> = Readonly<Record<Preset, T>>;

/** A cell as a person reads of it. */
export interface CellListing {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly strengths?: string;
  readonly limits?: string;
  /** How many numbers are learned, the layers around the cell included. */
  readonly parameters: ByPreset<number>;
  /** How many numbers are kept from step to step, of one sequence. */
  readonly state: ByPreset<number>;
  /** `default` is that of the preset that is taken where none is named. */
  readonly settings: readonly (SettingLine & { readonly presets: ByPreset<unknown> })[];
}

/** What a preset makes of a cell on a task when nothing else is said. */
export function assemblePreset(task: string, cell: string, preset: Preset, known = registry): Assembly {
  const layer = recipeLayer(find(known.tasks, 'task', task), find(known.cells, 'cell', cell), preset);
  return assemble(configSchema.parse(layer), known);
}

/**
 * A cell's settings as `train` takes them on a task, and the parameters that come of them.
 * @throws UsageError when there is no such cell or task
 */
export async function listCell(cell: string, task: string, known = registry): Promise<CellListing> {
  const { name, summary, source, strengths, limits, settings } = find(known.cells, 'cell', cell);
  await openBackend('cpu');
  const assemblies = byPreset((preset) => assemblePreset(task, name, preset, known));
  const sizes = byPreset((preset) => modelSize(assemblies[preset].model));
  return {
    name,
    summary,
    source,
    ...(strengths !== undefined && { strengths }),
    ...(limits !== undefined && { limits }),
    parameters: byPreset((preset) => sizes[preset].parameters),
    state: byPreset((preset) => sizes[preset].state),
    settings: settingLines(settings).map((line) => {
      const values = byPreset((preset) => assemblies[preset].config.cell[line.name]);
      return { ...line, default: values[usualPreset], presets: values };
    }),
  };
}

function byPreset<T>(of: (preset: Preset) => T): ByPreset<T> {
  return Object.fromEntries(presets.map((preset) => [preset, of(preset)])) as unknown as ByPreset<T>;
}
