/**
 * Loads files of a person's own (TypeScript or JavaScript, ES modules or CommonJS) into the running process, without a
 * build. Whatever they import as `engram/...` is the running Engram, wherever they lie: one copy of every module, and
 * of TensorFlow.js. Nothing is cached on disk, where another user of the machine could change it.
 */
import * as fs from 'node:fs';
import { createRequire, Module } from 'node:module';
import { basename, dirname, extname, isAbsolute, join, resolve, sep } from 'node:path';
import { createJiti } from 'jiti';
import { told } from '../core/blame.ts';
import { callSite } from '../core/call-site.ts';
import { CheckpointError, UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/lookup.ts';
import { readPlainFile } from './plain-file.ts';

/** The running modules by the name that a file imports them by: `engram/cell`. */
export type RunningModules = Readonly<Record<string, unknown>>;

/** Files that were loaded together. */
export interface LoadedModules {
  /** What each of them exports, by the path it was asked for with. */
  readonly exports: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** They, and every file they loaded that is of no package: absolute paths, in the order they were loaded. */
  readonly files: readonly string[];
}

/** The file names that can be loaded. */
const LOADABLE = /\.[cm]?[jt]s$/;
const cache = createRequire(import.meta.url).cache;
/** Where the running Engram's own files are. */
const library = join(import.meta.dirname, '..', sep);

/**
 * Loads files, each once. The same file in another call is loaded anew.
 * @param paths absolute
 * @throws UsageError with the file and the line where one is not there, cannot be read as code, or throws
 */
export function loadModules(paths: readonly string[], modules: RunningModules): LoadedModules {
  const before = new Set(Object.keys(cache));
  const ours = () => Object.keys(cache).filter((path) => !before.has(path) && isOwn(path));
  const lent = paths.flatMap((path) => lendToRequire(path, modules));
  try {
    const exports = new Map([...new Set(paths)].map((path) => [path, evaluate(path, modules)]));
    return { exports, files: ours() };
  } finally {
    // Lent for as long as files load: the native backend, which is loaded later, needs the installed package itself.
    for (const path of [...ours(), ...lent]) delete cache[path];
  }
}

/** Whether a file is of a person's own and not of a package. */
function isOwn(path: string): boolean {
  return isAbsolute(path) && !path.startsWith(library) && !path.split(sep).includes('node_modules');
}

function evaluate(path: string, modules: RunningModules): Readonly<Record<string, unknown>> {
  const source = readSource(path);
  const jiti = createJiti(path, {
    fsCache: false,
    sourceMaps: false,
    tryNative: false,
    virtualModules: { ...modules },
  });
  try {
    // Translated even where Node could run it as it stands: Node would look for `engram` beside the file.
    const options = { id: path, filename: path, ext: extname(path), async: false, forceTranspile: true };
    return jiti.evalModule(source, options) as Record<string, unknown>;
  } catch (error) {
    throw refusal(error, path);
  }
}

/**
 * Where another Engram is installed beside a file, a `require` of it from plain CommonJS gets the running one too.
 * Returns the places in the cache that are lent.
 */
function lendToRequire(path: string, modules: RunningModules): string[] {
  const require = createRequire(path);
  return Object.entries(modules).flatMap(([name, exports]) => {
    try {
      const installed = require.resolve(name);
      if (cache[installed]) return [];
      cache[installed] = Object.assign(new Module(installed), { exports, filename: installed, loaded: true });
      return [installed];
    } catch {
      // Nothing of that name is installed there.
      return [];
    }
  });
}

function readSource(path: string): string {
  if (!LOADABLE.test(path))
    throw new UsageError(
      `${path}: expected a file of TypeScript or JavaScript (.ts, .js, .mts, .mjs, .cts, .cjs), got another name; ${nearestFile(path) ?? 'rename it'}`,
    );
  try {
    return readPlainFile(path, 'source').toString();
  } catch (error) {
    if (error instanceof CheckpointError) throw new UsageError(error.message);
    const { code } = error as NodeJS.ErrnoException;
    const got = code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : code;
    throw new UsageError(
      `${path}: expected a file, got ${got}; ${nearestFile(path) ?? 'check the path, or write one with engram new'}`,
    );
  }
}

function nearestFile(path: string): string | undefined {
  const folder = dirname(path);
  const isAnother = (name: string) => LOADABLE.test(name) && name !== basename(path);
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter(isAnother) : [];
  const stem = names.find((name) => name.startsWith(`${basename(path)}.`));
  return stem === undefined ? didYouMean(basename(path), names) : `did you mean ${stem}?`;
}

/** What loading threw, in one line with the place it came from. */
function refusal(error: unknown, path: string): UsageError {
  const place = syntaxError(error)?.place ?? callSite((error as Error | null)?.stack) ?? path;
  const refuse = (what: string) => new UsageError(`${place}: expected ${what}`, { cause: error });
  const unread = syntaxError(error)?.message;
  if (unread !== undefined) return refuse(`code that can be read, got ${unread}; mend that line`);
  const missing = missingModule(error, dirname(resolve(place)));
  if (missing !== undefined) return refuse(`a module, got ${missing}`);
  return refuse(`a file that can be loaded, got ${told(error)}; mend that line`);
}

/** jiti tells a syntax error as `ParseError: what \n file:line:column`, and Node as `file:line` above the stack. */
function syntaxError(error: unknown): { readonly message: string; readonly place: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  const parsed = /^\w+: (.*?)\s*\n\s*(.*):(\d+):\d+$/s.exec(error.message);
  if (parsed) return { message: `a syntax error: ${parsed[1]}`, place: `${parsed[2]}:${parsed[3]}` };
  const [, path, line] = /^(.*):(\d+)\n/.exec(error.stack ?? '') ?? [];
  if (error.name !== 'SyntaxError' || path === undefined) return undefined;
  return { message: error.message, place: `${path}:${line}` };
}

/** The module that was not found from a folder, with what to do about it. */
function missingModule(error: unknown, folder: string): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const name = /'([^']+)'/.exec(message)?.[1] ?? 'one that is not there';
  if (/^engram(\/|$)/.test(name)) return `${name} by require in a second file; write it with import`;
  if (!/^[./]/.test(name)) return `${name}, which is not installed; run npm install ${name}`;
  return `${name}, which is not there; ${nearestFile(resolve(folder, name)) ?? 'check the path'}`;
}
