/**
 * From layers of settings to a checked configuration: what was typed over the file, over the recipe, over the schema's
 * defaults. Pure: whoever reads flags and files hands in what they say, and what a person calls each setting.
 */
import { UsageError } from '../core/errors.ts';
import { find, nearest, nearestOrAll } from '../core/lookup.ts';
import { readSettings } from '../core/settings.ts';
import { type Assembly, assemble, type Registry, registry } from '../registry.ts';
import { type Config, configSchema } from '../train/config.ts';
import { type Preset, presets, usualPreset } from '../train/recipes.ts';
import { settingsCalled } from './aliases.ts';
import { isLayer, type Layer, layOver, withoutOthers } from './layers.ts';
import { recipeLayer } from './recipe.ts';
import { settingLines } from './settings-list.ts';

/** The name that a person gave a setting: `--batch` for `batchSize`. */
export type NameOf = (path: string) => string;

/** What was asked for, each layer over the one before; both may hold a `preset` beside the settings. */
export interface Asked {
  readonly file?: Layer;
  readonly typed: Layer;
  readonly name?: NameOf;
  /** What names are looked up in: what ships, and what was loaded beside it. */
  readonly known?: Registry;
}

/**
 * The configuration of a new run with every default filled in, and the model described.
 * @throws UsageError on the first thing that is wrong, by the name it was given
 */
export function configure({ file = {}, typed, name = (path) => path, known = registry }: Asked): Assembly {
  const { preset: filePreset = usualPreset, ...inFile } = file;
  const { preset = filePreset, ...inWords } = typed;
  const named = layOver(layOver({ cell: { name: 'ntm' } }, inFile), inWords);
  const task = nameIn(named, 'task');
  if (task === undefined)
    throw new UsageError(`expected a task, got none; there are ${Object.keys(known.tasks).join(', ')}`);
  const ownTask = find(known.tasks, 'task', task);
  const ownCell = find(known.cells, 'cell', nameIn(named, 'cell')!);
  const under = recipeLayer(ownTask, ownCell, checkPreset(preset, name));
  return check(layOver(layOver(under, withoutOthers(inFile, inWords)), inWords), name, known);
}

/**
 * A run's configuration with what may change when it goes on: limits, engine and backend.
 * @throws UsageError
 */
export function reconfigure(
  stored: Config,
  { typed, name = (path) => path, known = registry }: Omit<Asked, 'file'>,
): Assembly {
  return check(layOver(stored, typed), name, known);
}

function checkPreset(preset: unknown, name: NameOf): Preset {
  const known = presets.find((one) => one === preset);
  if (known !== undefined) return known;
  throw new UsageError(
    `${name('preset')}: expected one of ${presets.join(', ')}, got ${preset}; ${nearestOrAll(String(preset), presets)}`,
  );
}

/** Validates layers as a configuration; problems are told by the names that the settings were given by. */
function check(layers: Layer, name: NameOf, known: Registry): Assembly {
  const elsewhere = (key: string) => [
    ...settingsCalled(key),
    ...[...settingNames(layers, 'task', known), ...settingNames(layers, 'cell', known)].filter((path) =>
      nearest(key, [path.slice(path.indexOf('.') + 1)], 1),
    ),
  ];
  const config = readSettings(configSchema, layers, { name, elsewhere, cure: 'see engram train --help' });
  // Inside the task or the cell only what it has can be meant.
  const own = [...settingNames(layers, 'task', known), ...settingNames(layers, 'cell', known)];
  const inside = (key: string) => settingsCalled(key).filter((path) => own.includes(path));
  return assemble(config, known, { name, elsewhere: inside });
}

/** The settings of the task or the cell of a configuration, as `cell.slots`. */
function settingNames(layers: Layer, kind: 'task' | 'cell', known: Registry): string[] {
  const name = nameIn(layers, kind)!;
  const { settings } = kind === 'task' ? known.tasks[name]! : known.cells[name]!;
  return settingLines(settings).map((line) => `${kind}.${line.name}`);
}

function nameIn(layer: Layer, kind: 'task' | 'cell'): string | undefined {
  const part = layer[kind];
  const name = isLayer(part) ? part.name : undefined;
  if (name === undefined || typeof name === 'string') return name;
  throw new UsageError(`${kind}.name: expected text, got ${JSON.stringify(name)}; see engram ${kind}s`);
}
