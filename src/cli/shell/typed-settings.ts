/** What flags say of settings: as layers of a configuration, and by which name a person knows each of them. */
import { z } from 'zod';
import { configure, type NameOf, reconfigure } from '../../app/configure.ts';
import { isLayer, type Layer, readDuration, readValue, setPath, spelled } from '../../app/layers.ts';
import type { MachineChoice } from '../../app/open-engine.ts';
import { readSettings } from '../../core/settings.ts';
import type { Assembly, Registry } from '../../registry.ts';
import type { SourceFiles } from '../../runs/source.ts';
import { type Config, configSchema } from '../../train/config.ts';
import type { Flag, Input } from './command.ts';
import { readConfigFile } from './config-file.ts';
import { kindsOfLayers } from './own-kinds.ts';
import { budgetFlags, machineFlags, trainingFlags } from './training-flags.ts';

type Flags = Input['flags'];

/** A file of settings by its path. */
export interface SettingsFile {
  readonly path: string;
  readonly layer: Layer;
}

/** What is to be trained, and the code of its own that it is made of, if it has any. */
export interface Configured {
  readonly assembly: Assembly;
  readonly source: SourceFiles | undefined;
  /** What is worth knowing of that code, one line each. */
  readonly notes: readonly string[];
}

/**
 * What `engram train` was asked for.
 * @param base settings to begin from where neither a task nor a file is given: those of the run whose weights are taken
 * @throws UsageError on the first thing that is wrong, by the name it was given
 */
export async function configureTyped(
  { positionals, flags }: Input,
  base?: SettingsFile,
): Promise<Configured> {
  const path = typeof flags.config === 'string' ? flags.config : undefined;
  const given = path === undefined ? undefined : { path, layer: readConfigFile(path) };
  const file = given ?? (positionals[0] === undefined ? base : undefined);
  const typed = typedLayer(flags, trainingFlags);
  if (positionals[0] !== undefined) setPath(typed, 'task.name', positionals[0]);
  const own = await kindsOfLayers({ typed, file, trusted: flags['trust-source'] === true });
  const name = namesOf(flags, file);
  const assembly = configure({ typed: own.typed, file: own.file, name, known: own.known });
  return { assembly, source: own.source, notes: own.notes };
}

/**
 * A run's configuration with the limits, the engine and the backend that were typed.
 * @throws UsageError
 */
export function reconfigureTyped(stored: Config, flags: Flags, known: Registry): Assembly {
  const typed = typedLayer(flags, { ...budgetFlags, ...machineFlags });
  return reconfigure(stored, { typed, name: namesOf(flags), known });
}

/** The engine and backend for a model that was trained elsewhere: the flags', or whatever there is. */
export function typedMachine(config: Config, flags: Flags): MachineChoice {
  const own = Object.entries(flags).filter(([name]) => Object.hasOwn(machineFlags, name));
  const typed = typedLayer(Object.fromEntries(own), machineFlags);
  const free = { engine: 'auto', backend: 'auto', threads: 0, relaxedSimd: true };
  return readSettings(configSchema, { ...config, ...free, ...typed }, { name: (path) => `--${path}` });
}

/**
 * The settings that were typed, for trainings that are many.
 * @throws UsageError when two flags set the same thing
 */
export function typedSettings(flags: Flags, known: Readonly<Record<string, Flag>>): Layer {
  return typedLayer(flags, known);
}

/** The settings of the task or the cell that were typed, where any were. */
export function typedGroup(flags: Flags, group: 'task' | 'cell'): Layer | undefined {
  const typed = typedLayer(flags, {})[group];
  return isLayer(typed) ? typed : undefined;
}

/**
 * The number after a flag; nothing where it was not typed.
 * @throws UsageError on what the schema refuses
 */
export function typedNumber(flags: Flags, name: string, schema: z.ZodType<number>): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  return readSettings(schema, readValue(String(text)), { at: `--${name}` });
}

/** The seed that was typed, or the run's own. */
export function typedSeed(config: Config, flags: Flags): number {
  return typedNumber(flags, 'seed', z.int().min(0).max(0xffff_ffff)) ?? config.seed;
}

/**
 * What the flags say, as a layer.
 * @throws UsageError when two flags set the same thing
 */
function typedLayer(flags: Flags, known: Readonly<Record<string, Flag>>): Layer {
  const layer: Layer = {};
  for (const [name, value] of Object.entries(flags)) {
    const path = name.includes('.') ? name : known[name]?.path;
    if (path === undefined) continue;
    const read = name === 'max-time' ? readDuration : isName(name) ? String : readValue;
    setPath(layer, path, value === true ? true : read(value));
  }
  return spelled(layer);
}

/** Flags whose value is a name, even where it looks like a number. */
function isName(flag: string): boolean {
  return ['cell', 'optimizer', 'preset'].includes(flag);
}

/** The name a person gave a path: `--batch` for a `batchSize` that was typed, `batchSize in run.yaml` for the file's. */
function namesOf(flags: Flags, file?: SettingsFile): NameOf {
  const typed = Object.entries(trainingFlags).filter(([flag, { path }]) => path && flags[flag] !== undefined);
  const byPath = new Map(typed.map(([flag, { path }]) => [path, `--${flag}`]));
  return (path) => {
    if (path.includes('.') && flags[path] !== undefined) return `--${path}`;
    const inFile = path
      .split('.')
      .reduce<unknown>((at, key) => (isLayer(at) ? at[key] : undefined), file?.layer);
    return byPath.get(path) ?? (inFile === undefined ? path : `${path} in ${file!.path}`);
  };
}
