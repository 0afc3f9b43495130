/**
 * The code of a run whose cell or task is of a person's own: `source/` in the run's folder has a copy of every file it
 * loaded, laid out as they lay, and config.json their SHA-256. The run goes on with the copy, whatever becomes of the
 * originals. Code that takes its place lies beside it, in `source-2`; which is the run's is told by the hashes alone. A run may be a stranger's: a copy is loaded only where this user has run the same
 * bytes before, from a file that was named, or says so now. What was run is remembered by its hash, one file each, in
 * the user's own state folder, never in the run.
 */
import * as fs from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { CheckpointError, UsageError } from '../core/errors.ts';
import type { Config } from '../train/config.ts';
import { makeFolders } from './make-folders.ts';
import { readPlainFile } from './plain-file.ts';
import { canonicalJson, sha256 } from './sha256.ts';
import { isThere, reading } from './storage.ts';
import { temporaryIn } from './whole-file.ts';

/** The code of a run, as config.json has it. */
export type Source = NonNullable<Config['source']>;

const FOLDER = 'source';

/** Files with the folder that is common to them, and their contents by their paths from there. */
export interface SourceFiles {
  readonly root: string;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** Reads files. @param paths absolute, at least one */
export function readSource(paths: readonly string[]): SourceFiles {
  const root = paths.map(dirname).reduce(commonFolder);
  const contents = [...paths]
    .sort()
    .map((path) => [pathFrom(root, path), readPlainFile(path, 'source')] as const);
  return { root, contents: new Map(contents) };
}

function commonFolder(a: string, b: string): string {
  const [names, others] = [a.split(sep), b.split(sep)];
  const end = names.findIndex((name, index) => name !== others[index]);
  return (end === -1 ? names : names.slice(0, end)).join(sep) || sep;
}

/** A path from a folder as it is written down: with slashes on every system. */
export function pathFrom(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}

/** The SHA-256 of each file by its path. */
export function hashesOf({ contents }: SourceFiles): Source['files'] {
  return Object.fromEntries([...contents].map(([name, bytes]) => [name, sha256(bytes)]));
}

/** Copies files into a run, beside those that it has, unless they are there. */
export function copySource(run: string, { root, contents }: SourceFiles): void {
  if (folderWith(run, hashesOf({ root, contents }))) return;
  const draft = temporaryIn(run);
  for (const [name, bytes] of contents) {
    const target = join(draft, name);
    makeFolders(dirname(target));
    fs.writeFileSync(target, bytes, { flush: true });
  }
  fs.renameSync(draft, freeFolder(run));
}

function freeFolder(run: string): string {
  for (let i = 1; ; i++) {
    const folder = join(run, i === 1 ? FOLDER : `${FOLDER}-${i}`);
    if (!isThere(folder)) return folder;
  }
}

/** The folder of a run that has these files and nothing else, if there is one. */
function folderWith(run: string, files: Source['files']): string | undefined {
  const names = isThere(run) ? reading(run, () => fs.readdirSync(run)) : [];
  const folders = names.filter((name) => /^source(-before)?(-\d+)?$/.test(name)).sort();
  return folders.map((name) => join(run, name)).find((folder) => differences(folder, files).length === 0);
}

/** Where the copy of a run's code is; where none is whole, where the first one was put. */
export function copyFolder(run: string, { files }: Pick<Source, 'files'>): string {
  return folderWith(run, files) ?? join(run, FOLDER);
}

/** Where a run's copy of one of its files is. */
export function copyOf(run: string, source: Pick<Source, 'files'>, file: string): string {
  return join(copyFolder(fs.realpathSync(run), source), file);
}

/**
 * Checks that a run's copy is what its configuration says, and nothing more: a file beside it could be imported.
 * @throws CheckpointError naming the file that differs
 */
export function checkCopy(run: string, { files }: Source): void {
  const folder = copyFolder(run, { files });
  const [differs] = differences(folder, files);
  if (!differs) return;
  const { name, expected, got } = differs;
  const what = (hash: string | undefined) =>
    hash === undefined ? 'no such file' : `sha256 ${hash.slice(0, 12)}`;
  throw new CheckpointError(
    `${join(folder, name)}: expected ${what(expected)}, got ${what(got)}; put it back, or name your own file with --cell or --task`,
  );
}

/** The files of a folder that are not there, are too many, or have another SHA-256 than expected. */
function differences(folder: string, files: Source['files']) {
  const there = isThere(folder) ? reading(folder, () => filesIn(folder)) : [];
  const hashOf = (path: string) => sha256(reading(path, () => readPlainFile(path, 'source')));
  return [...new Set([...Object.keys(files), ...there])]
    .map((name) => ({
      name,
      expected: files[name],
      got: there.includes(name) ? hashOf(join(folder, name)) : undefined,
    }))
    .filter(({ expected, got }) => expected !== got);
}

function filesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => pathFrom(folder, join(entry.parentPath, entry.name)));
}

/** The originals of a run's files that are still there, and have changed since; none where it is not known where they lay. */
export function changedOriginals(root: string, { files }: Source): string[] {
  if (root === '') return [];
  return Object.entries(files)
    .map(([name, hash]) => ({ path: join(root, name), hash }))
    .filter(({ path, hash }) => fs.existsSync(path) && sha256(readPlainFile(path, 'source')) !== hash)
    .map(({ path }) => path);
}

/** Remembers that this user has run these files. Returns why it could not, if so: the run goes on without. */
export function trust(files: Source['files']): string | undefined {
  const path = trustFile(files);
  try {
    makeFolders(dirname(path));
    fs.writeFileSync(path, `${JSON.stringify(files, null, 2)}\n`);
    return undefined;
  } catch (error) {
    return `${path}: expected to note that this code is yours, got ${(error as NodeJS.ErrnoException).code}; go on later with --trust-source`;
  }
}

/**
 * Refuses code that this user has never run.
 * @throws UsageError
 */
export function refuseStrangers(run: string, { files }: Source): void {
  if (isThere(trustFile(files)) && !isThere(join(run, 'node_modules'))) return;
  const folder = copyFolder(run, { files });
  const names = Object.keys(files).map((name) => join(folder, name));
  throw new UsageError(
    `${run}: expected code that you have run before, got code that may be a stranger's; read ${names.join(' and ')}, then run it with --trust-source`,
  );
}

/** A file that is there when the user has run these files: empty folders and other users' runs make no difference. */
function trustFile(files: Source['files']): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(state, 'engram', 'trusted', sha256(canonicalJson(files)));
}
