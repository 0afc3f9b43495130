/** From flags and files to a checked configuration: command line over file over recipe over the schema's defaults. */
import { readFileSync, statSync } from 'node:fs';
import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import { settingsCalled } from '../cli/shell/aliases.ts';
import type { Flag, Input } from '../cli/shell/command.ts';
import { budgetFlags, machineFlags, trainingFlags } from '../cli/shell/training-flags.ts';
import { UsageError } from '../core/errors.ts';
import { find, nearest, nearestOrAll } from '../core/lookup.ts';
import { readSettings } from '../core/settings.ts';
import { type Assembly, assemble, registry } from '../registry.ts';
import { type Config, configSchema } from '../train/config.ts';
import { presets, recipe } from '../train/recipes.ts';
import { isLayer, type Layer, layOver, readDuration, readValue, setPath } from './layers.ts';
import { settingLines } from './settings-list.ts';

const LARGEST_CONFIG_BYTES = 1_000_000;

/**
 * What `engram train` was asked for, with every default filled in and the model described.
 * @throws UsageError on the first thing that is wrong, by the name it was given
 */
export function configure({ positionals, flags }: Input): Assembly {
  const config = typeof flags.config === 'string' ? flags.config : undefined;
  const { preset: filePreset, ...fileLayer } = config === undefined ? {} : readConfigFile(config);
  const typed = typedLayer(flags, trainingFlags);
  if (positionals[0] !== undefined) setPath(typed, 'task.name', positionals[0]);
  const named = layOver(layOver({ cell: { name: 'ntm' } }, fileLayer), typed);
  const task = nameOf(named, 'task');
  if (task === undefined)
    throw new UsageError(`expected a task, got none; there are ${Object.keys(registry.tasks).join(', ')}`);
  find(registry.tasks, 'task', task);
  const cell = nameOf(named, 'cell')!;
  find(registry.cells, 'cell', cell);
  const preset = (flags.preset ?? filePreset ?? 'paper') as string;
  if (!presets.some((known) => known === preset))
    throw new UsageError(
      `${flags.preset ? '--preset' : `preset in ${config}`}: expected ${presets.join(' or ')}, got ${preset}; ${nearestOrAll(String(preset), presets)}`,
    );
  const base = recipe(task, cell, preset as (typeof presets)[number]);
  const under = layOver({ task: { name: task }, cell: { name: cell } }, base as Layer);
  return check(layOver(layOver(under, fileLayer), typed), namesOf(flags, { path: config, layer: fileLayer }));
}

/**
 * A run's configuration with what may change when it goes on: limits, engine and backend.
 * @throws UsageError
 */
export function reconfigure(stored: Config, flags: Input['flags']): Assembly {
  return check(layOver(stored, typedLayer(flags, { ...budgetFlags, ...machineFlags })), namesOf(flags));
}

/** Validates layers as a configuration; problems are told by the names that the settings were given by. */
function check(layers: Layer, name: (path: string) => string): Assembly {
  const elsewhere = (key: string) => [
    ...settingsCalled(key),
    ...[...settingNames(layers, 'task'), ...settingNames(layers, 'cell')].filter((path) =>
      nearest(key, [path.slice(path.indexOf('.') + 1)], 1),
    ),
  ];
  const config = readSettings(configSchema, layers, { name, elsewhere, cure: 'see engram train --help' });
  return assemble(config, registry, name);
}

/** The settings of the task or the cell of a configuration, as `cell.slots`. */
function settingNames(layers: Layer, kind: 'task' | 'cell'): string[] {
  const name = nameOf(layers, kind)!;
  const { settings } = kind === 'task' ? registry.tasks[name]! : registry.cells[name]!;
  return settingLines(settings).map((line) => `${kind}.${line.name}`);
}

/** The name a person gave a path: `--batch` for a `batchSize` that was typed, `batchSize in run.yaml` for the file's. */
function namesOf(
  flags: Input['flags'],
  file: { readonly path?: string | undefined; readonly layer: Layer } = { layer: {} },
): (path: string) => string {
  const typed = Object.entries(trainingFlags).filter(([flag, { path }]) => path && flags[flag] !== undefined);
  const byPath = new Map(typed.map(([flag, { path }]) => [path, `--${flag}`]));
  return (path) => {
    if (path.includes('.') && flags[path] !== undefined) return `--${path}`;
    const inFile = path
      .split('.')
      .reduce<unknown>((at, key) => (isLayer(at) ? at[key] : undefined), file.layer);
    return byPath.get(path) ?? (inFile === undefined ? path : `${path} in ${file.path}`);
  };
}

/**
 * What the flags say, as a layer.
 * @throws UsageError when two flags set the same thing
 */
export function typedLayer(flags: Input['flags'], known: Readonly<Record<string, Flag>>): Layer {
  const layer: Layer = {};
  for (const [name, value] of Object.entries(flags)) {
    const path = name.includes('.') ? name : known[name]?.path;
    if (path === undefined) continue;
    const read =
      name === 'max-time' ? readDuration : name === 'cell' || name === 'optimizer' ? String : readValue;
    setPath(layer, path, value === true ? true : read(value));
  }
  return layer;
}

function nameOf(layer: Layer, kind: 'task' | 'cell'): string | undefined {
  const part = layer[kind];
  const name = isLayer(part) ? part.name : undefined;
  if (name === undefined || typeof name === 'string') return name;
  throw new UsageError(`${kind}.name: expected text, got ${JSON.stringify(name)}; see engram ${kind}s`);
}

/**
 * A YAML 1.2 or JSON file as a layer; `task: copy` is short for `task: {name: copy}`.
 * @throws UsageError with the line where the file goes wrong
 */
export function readConfigFile(path: string): Layer {
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { prettyErrors: false, lineCounter: lines });
  const wrong = (what: string, offset?: number) => {
    const { line, col } = lines.linePos(offset ?? 0);
    const at = offset === undefined ? '' : ` at line ${line}, column ${col}`;
    return new UsageError(`${path}: expected YAML, got ${what}${at}; mend the file`);
  };
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem?.code === 'MULTIPLE_DOCS') throw wrong('a second document', problem.pos[0]);
  if (problem) throw wrong(problem.message, problem.pos[0]);
  const content: unknown = toPlain(document, wrong);
  if (content === null) return {};
  if (!isLayer(content))
    throw new UsageError(
      `${path}: expected settings by name, got ${Array.isArray(content) ? 'a list' : typeof content}; write name: value lines`,
    );
  const layer = JSON.parse(JSON.stringify(content)) as Layer;
  for (const kind of ['task', 'cell', 'optimizer'])
    if (typeof layer[kind] === 'string') layer[kind] = { name: layer[kind] };
  return layer;
}

/** The document's values; an alias without its anchor, or a heap of them, is found only when they are made. */
function toPlain(document: Document.Parsed, wrong: (what: string, offset?: number) => UsageError): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    let unresolved: number | undefined;
    visit(document, {
      Alias(_, alias) {
        if (alias.resolve(document)) return undefined;
        unresolved = alias.range?.[0];
        return visit.BREAK;
      },
    });
    throw wrong((error as Error).message.split('\n', 1)[0]!, unresolved);
  }
}

function readText(path: string): string {
  try {
    if (statSync(path).size > LARGEST_CONFIG_BYTES)
      throw new UsageError(
        `${path}: expected a file of settings, got more than ${LARGEST_CONFIG_BYTES} bytes; give another`,
      );
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `--config: expected a file that can be read, got ${path} (${(error as NodeJS.ErrnoException).code}); check the path`,
    );
  }
}
