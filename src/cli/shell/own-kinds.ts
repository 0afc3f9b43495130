/**
 * Cells and tasks of a person's own, named by the file they are in: `./my-cell.ts`, or `./my-cells.ts#leaky` for one of
 * several exports. They are looked up in a registry of this command alone, beside what ships. A new run takes them from
 * the files that were named; a run that goes on takes them from the copy in its folder.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { exportedKind, type Sort } from '../../app/exported-kind.ts';
import { isLayer, type Layer } from '../../app/layers.ts';
import { CheckpointError, UsageError } from '../../core/errors.ts';
import { type Registry, registry } from '../../registry.ts';
import type { Run } from '../../runs/folder.ts';
import type { LoadedModules } from '../../runs/load-module.ts';
import {
  changedOriginals,
  checkCopy,
  copyFolder,
  copyOf,
  hashesOf,
  pathFrom,
  readSource,
  refuseStrangers,
  type Source,
  type SourceFiles,
  trust,
} from '../../runs/source.ts';
import type { Config } from '../../train/config.ts';
import type { Input } from './command.ts';
import { otherVersionBeside, runningModules } from './running-modules.ts';
import { shownPath } from './shown-path.ts';

const sorts: readonly Sort[] = ['cell', 'task'];

/** A file with a cell or a task, and which of its exports that is. */
interface Reference {
  readonly path: string;
  readonly name: string | undefined;
}

type References = Partial<Record<Sort, Reference>>;

/** The cell and the task that were loaded, and where they are looked up. */
export interface OwnKinds {
  readonly known: Registry;
  /** The names they are known by there. */
  readonly names: Partial<Record<Sort, string>>;
  /** What config.json says of their code, and the files themselves. */
  readonly code?: { readonly source: Source; readonly files: SourceFiles };
  /** What is worth knowing, one line each. */
  readonly notes: readonly string[];
}

/** Whether a name of a cell or a task is that of a file. */
export function isFileName(name: string): boolean {
  return /[\\/]/.test(name) || /\.[cm]?[jt]s(#|$)/.test(name);
}

function referTo(name: string, folder = '.'): Reference {
  const [, path = name, exportName] = /^(.*\.[cm]?[jt]s)#(.+)$/.exec(name) ?? [];
  const whole = resolve(folder, path);
  // Node knows a file by its real path, and with it the folder that it is in.
  return { path: existsSync(whole) ? realpathSync(whole) : whole, name: exportName };
}

/**
 * What a name of a cell or a task refers to: one that ships, or the one in a file.
 * @throws UsageError when there is none, or the file cannot be used
 */
export async function knownWith(sort: Sort, name: string): Promise<{ known: Registry; name: string }> {
  if (!isFileName(name)) return { known: registry, name };
  const { known, names } = await loadKinds({ [sort]: referTo(name) });
  return { known, name: names[sort]! };
}

/** Loads what is referred to, and adds it to what ships. */
async function loadKinds(references: References): Promise<OwnKinds> {
  const paths = Object.values(references).map(({ path }) => path);
  if (paths.length === 0) return { known: registry, names: {}, notes: [] };
  const { loadModules } = await import('../../runs/load-module.ts');
  const loaded = loadModules(paths, await runningModules());
  const cell = references.cell && kindIn('cell', references.cell, loaded);
  const task = references.task && kindIn('task', references.task, loaded);
  const known: Registry = {
    cells: { ...registry.cells, ...(cell && { [cell.name]: cell }) },
    tasks: { ...registry.tasks, ...(task && { [task.name]: task }) },
  };
  const files = readSource(loaded.files);
  const named = Object.entries(references).map(([sort, { path, name }]) => {
    const from = pathFrom(files.root, path);
    return [sort, name === undefined ? from : `${from}#${name}`];
  });
  return {
    known,
    names: { ...(cell && { cell: cell.name }), ...(task && { task: task.name }) },
    code: { source: { ...Object.fromEntries(named), files: hashesOf(files) }, files },
    notes: [...new Set(paths)].flatMap((path) => otherVersionBeside(path) ?? []),
  };
}

function kindIn<S extends Sort>(sort: S, { path, name }: Reference, { exports }: LoadedModules) {
  const file = { name: shownPath(path), exports: exports.get(path)! };
  return exportedKind(sort, file, { name, known: registry });
}

/** Layers of settings, their names those by which cell and task are known. */
export interface OwnLayers {
  readonly typed: Layer;
  readonly file: Layer;
  readonly known: Registry;
  readonly source: SourceFiles | undefined;
  readonly notes: readonly string[];
}

/**
 * Loads the cell and the task that layers name by a file, what was typed before what a file of settings says.
 * @param trusted whether code in the folder of a run, whose config.json is the file of settings, may be run unseen
 * @throws UsageError
 */
export async function kindsOfLayers(layers: {
  readonly typed: Layer;
  readonly file?: { readonly path: string; readonly layer: Layer } | undefined;
  readonly trusted: boolean;
}): Promise<OwnLayers> {
  const { typed, file, trusted } = layers;
  const { source: stored, ...said } = file?.layer ?? {};
  const inFile =
    stored === undefined ? said : namedByCopy(said, stored as Source, dirname(file!.path), trusted);
  const references: References = {};
  for (const sort of sorts) {
    const upper = nameIn(typed, sort);
    const name = upper ?? nameIn(inFile, sort);
    if (name === undefined) continue;
    const folder = upper === undefined ? dirname(file!.path) : '.';
    if (isFileName(name)) references[sort] = referTo(name, folder);
    else refuseForgottenFile(sort, name, folder);
  }
  const { known, names, code, notes } = await loadKinds(references);
  const untold = code && trust(code.source.files);
  const rename = (layer: Layer, folder: string) => renamed(layer, { references, names, folder });
  return {
    typed: { ...rename(typed, '.'), ...(code && { source: code.source }) },
    file: rename(inFile, file ? dirname(file.path) : '.'),
    known,
    source: code?.files,
    notes: [...notes, ...(untold === undefined ? [] : [untold])],
  };
}

/** A name that nothing has but a file has been written for: what was meant is the file. */
function refuseForgottenFile(sort: Sort, name: string, folder: string): void {
  if (Object.hasOwn(sort === 'cell' ? registry.cells : registry.tasks, name)) return;
  const file = ['.ts', '.js', '.mts', '.mjs']
    .map((end) => `${name}${end}`)
    .find((one) => existsSync(join(folder, one)));
  if (file) throw new UsageError(`expected a ${sort}, got ${name}; did you mean ./${file}?`);
}

function nameIn(layer: Layer, sort: Sort): string | undefined {
  const part = layer[sort];
  return isLayer(part) && typeof part.name === 'string' ? part.name : undefined;
}

/** A layer whose names of files are those of what was loaded from them; another file keeps its name, and is not meant. */
function renamed(
  layer: Layer,
  how: Pick<OwnKinds, 'names'> & { readonly references: References; readonly folder: string },
): Layer {
  const laid = { ...layer };
  for (const sort of sorts) {
    const reference = how.references[sort];
    const name = nameIn(layer, sort);
    if (!reference || name === undefined || !isFileName(name)) continue;
    const own = referTo(name, how.folder);
    const same = own.path === reference.path && own.name === reference.name;
    if (same) laid[sort] = { ...(layer[sort] as Layer), name: how.names[sort] };
  }
  return laid;
}

/** The settings of a run's config.json, its own cell and task named by the copy that lies beside it. */
function namedByCopy(layer: Layer, stored: Source, run: string, trusted: boolean): Layer {
  checkCopy(run, stored);
  if (!trusted) refuseStrangers(run, stored);
  const laid = { ...layer };
  for (const sort of sorts)
    if (stored[sort] !== undefined)
      laid[sort] = { ...(layer[sort] as Layer), name: copyOf(run, stored, stored[sort]) };
  return laid;
}

/** The kinds of a run that goes on, or is looked at. */
export interface KindsOfRun {
  readonly known: Registry;
  readonly config: Config;
  /** The files that were named in place of the copy in the run. */
  readonly adopted?: SourceFiles;
}

/**
 * The cell and the task of a run: from the copy of their files in it, or from the files that were named instead.
 * @param note is told of an original that has changed since, and of a file that takes the place of the copy
 * @throws CheckpointError when the copy is not what it was
 * @throws UsageError when the copy may be a stranger's, or a named file is of another cell or task
 */
export async function kindsOfRun(
  { config, run }: { readonly config: Config; readonly run?: Run },
  flags: Input['flags'],
  note: (line: string) => void,
): Promise<KindsOfRun> {
  const { source } = config;
  const named = sorts.filter((sort) => flags[sort] !== undefined);
  for (const sort of named)
    if (source?.[sort] === undefined)
      throw new UsageError(
        `--${sort}: expected it for a run whose ${sort} is of a file, got a run with ${config[sort].name}, which ships; leave it out`,
      );
  if (!source) return { known: registry, config };
  const own = sorts.filter((sort) => source[sort] !== undefined);
  if (named.length > 0) return adopt(config, source, { flags, note });
  if (!run)
    throw new CheckpointError(
      `expected the files of a ${own.join(' and a ')} that do not ship, got none with the model; give ${own.map((sort) => `--${sort}`).join(' and ')}`,
    );
  checkCopy(run.path, source);
  if (flags['trust-source'] === true) trust(source.files);
  else refuseStrangers(run.path, source);
  for (const path of changedOriginals(run.meta.sourceRoot ?? '', source))
    note(
      `${shownPath(path)} has changed since; the copy in ${copyFolder(run.path, source)} is used, and resume takes the new one with --${own[0]} ${shownPath(path)}`,
    );
  const references = own.map((sort) => [sort, referTo(copyOf(run.path, source, source[sort]!))] as const);
  const { known } = await loadKinds(Object.fromEntries(references));
  return { known, config };
}

/** The files that were named in place of a run's copy. */
async function adopt(
  config: Config,
  source: Source,
  { flags, note }: { readonly flags: Input['flags']; readonly note: (line: string) => void },
): Promise<KindsOfRun> {
  const own = sorts.filter((sort) => source[sort] !== undefined);
  const missing = own.find((sort) => flags[sort] === undefined);
  if (missing)
    throw new UsageError(
      `expected every file of the run, got none for its ${missing}; give --${missing} too`,
    );
  const references = Object.fromEntries(own.map((sort) => [sort, referTo(String(flags[sort]))]));
  const { known, names, code } = await loadKinds(references);
  for (const sort of own)
    if (names[sort] !== config[sort].name)
      throw new UsageError(
        `--${sort}: expected the ${sort} ${config[sort].name} of the run, got ${names[sort]}; begin a run of its own`,
      );
  const changed = canonical(code!.source.files) !== canonical(source.files);
  if (changed)
    note(
      `the code of the run is exchanged for ${own.map((sort) => flags[sort]).join(' and ')}: from here on its numbers may go another way`,
    );
  trust(code!.source.files);
  const before = [...(source.before ?? []), ...(changed ? [source.files] : [])];
  const exchanged = { ...code!.source, ...(before.length > 0 && { before }) };
  return { known, config: { ...config, source: exchanged }, adopted: code!.files };
}

function canonical(files: Source['files']): string {
  return Object.values(files).sort().join();
}
