/**
 * A run's folder: config.json (resolved, every default in it), meta.json (what made it), source/ (the code of a cell or
 * a task of a person's own), metrics.jsonl, timing.jsonl, checkpoints/, the pointers `last` and `best`, report/, and a lock while a
 * process works on it. Nothing that is there is overwritten.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CheckpointError, UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/lookup.ts';
import { type Config, configSchema } from '../train/config.ts';
import { isLockFile, type Lock, lockRun } from './lock.ts';
import { copySource, type SourceFiles } from './source.ts';

/** Where runs are made and looked for by name. */
export const runsFolder = 'runs';

/** What made a run: enough to know on which machine its numbers hold to the bit. */
export interface Meta {
  readonly schema: 'engram.run/1';
  readonly created: string;
  readonly argv: readonly string[];
  readonly seed: number;
  readonly engine: string;
  readonly backend: string;
  /** wasm only. */
  readonly simd: boolean | null;
  /** Whether products round once; null on the eager engine. */
  readonly relaxedSimd: boolean | null;
  /** `engram`, `node`, `tfjs`, and the backend's own. */
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
  /** What the weights that training began with are from, where they were not drawn. */
  readonly initFrom?: string;
  /** Where the files of its own cell or task lay when it began, where it has any. */
  readonly sourceRoot?: string;
}

/** A run that exists. */
export interface Run {
  /** Its folder, as a whole path. */
  readonly path: string;
  readonly config: Config;
  readonly meta: Meta;
}

/** An empty folder that is ours. */
export interface ClaimedFolder {
  /** Whole, so that it does not depend on what becomes of the working folder. */
  readonly path: string;
  readonly lock: Lock;
  /** Undoes the claim, folders that were made for it included. */
  abandon(): void;
}

/**
 * Makes and locks the folder of a new run.
 * @param out the folder asked for; left out, one is named by task, cell, time and chance
 * @throws UsageError when there is something in it already, or it cannot be made
 */
export async function claimFolder(out: string | undefined, config: Config): Promise<ClaimedFolder> {
  const path = resolve(out ?? freshPath(config));
  let made: string[] = [];
  try {
    made = makeFolders(path);
    refuseIfUsed(path, out);
    const lock = await lockRun(path);
    const abandon = () => {
      lock.release();
      removeEmpty(made.toReversed());
    };
    // What came while the lock was taken.
    try {
      refuseIfUsed(path, out);
    } catch (error) {
      lock.release();
      throw error;
    }
    return { path, lock, abandon };
  } catch (error) {
    removeEmpty(made.reverse());
    throw cannotWrite(out ?? path, error);
  }
}

/** What a run is made of. */
interface BeginOptions extends Pick<Run, 'config' | 'meta'> {
  readonly source?: SourceFiles | undefined;
  /** Writes what else the run needs into its folder. */
  readonly besides?: ((path: string) => void) | undefined;
}

/**
 * Writes down what a run is.
 * @throws UsageError when the disk refuses
 */
export function beginRun({ path }: ClaimedFolder, { config, meta, source, besides }: BeginOptions): Run {
  try {
    if (source) copySource(path, source);
    besides?.(path);
    writeWhole(join(path, 'meta.json'), meta);
    writeWhole(join(path, 'config.json'), config);
  } catch (error) {
    for (const name of fs.readdirSync(path))
      if (!isLockFile(name)) fs.rmSync(join(path, name), { recursive: true, force: true });
    throw cannotWrite(path, error);
  }
  return { path, config, meta };
}

/** `runs/copy-ntm-20260101-120000-1f3a`, which is not there yet. */
function freshPath({ task, cell }: Config): string {
  const time = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '-');
  return join(runsFolder, `${task.name}-${cell.name}-${time}-${randomBytes(3).toString('hex')}`);
}

/**
 * Makes a folder and those above it, and returns the ones that were not there. Node's own recursive mkdir never ends
 * where a file system such as /proc denies that the folder above exists, nor where the working folder is gone.
 */
export function makeFolders(path: string): string[] {
  if (fs.existsSync(path)) return [];
  const above = makeFolders(dirname(path));
  fs.mkdirSync(path);
  return [...above, path];
}

/** Removes folders from the innermost out, as far as they are empty. */
function removeEmpty(folders: readonly string[]): void {
  try {
    for (const folder of folders) fs.rmdirSync(folder);
  } catch {
    // Something is in it: it stays.
  }
}

function cannotWrite(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof UsageError) return error;
  const room = code === 'ENOSPC' || code === 'EDQUOT';
  return new UsageError(
    `--out: expected ${room ? 'room on the disk' : 'a folder that can be written'}, got ${code} at ${path}; give another folder`,
  );
}

/** A lock alone is no run: its owner lives, which locking finds out, or was killed before there was one. */
function refuseIfUsed(path: string, asked = path): void {
  const names = fs.readdirSync(path).filter((name) => !isLockFile(name));
  if (names.length > 0) throw inUse(asked, names);
}

function inUse(path: string, names: readonly string[]): UsageError {
  const cure = names.includes('config.json') ? `go on with: engram resume ${path}` : 'give another folder';
  return new UsageError(
    `--out: expected an empty or new folder, got ${path} with ${names[0]} in it; ${cure}`,
  );
}

/** Writes a file that is there whole or not at all. */
export function writeWhole(path: string, content: unknown): void {
  const draft = `${path}.tmp`;
  fs.writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { flush: true });
  fs.renameSync(draft, path);
}

/**
 * The run of a name or a path.
 * @throws CheckpointError when there is no such run, or its configuration is damaged
 */
export function openRun(name: string): Run {
  const path = findRun(name);
  const config = readJson(join(path, 'config.json'));
  const parsed = configSchema.safeParse(config);
  if (!parsed.success) {
    const { path: where, message } = parsed.error.issues[0]!;
    throw new CheckpointError(
      `${join(path, 'config.json')}: expected a run's configuration, got ${where.join('.')}: ${message}; the run cannot be used`,
    );
  }
  return { path, config: parsed.data, meta: readMeta(join(path, 'meta.json')) };
}

/** What the commands read of it must be there; the rest is for a person. */
function readMeta(file: string): Meta {
  const meta = readJson(file) as Partial<Meta> | null;
  const told = typeof meta?.engine === 'string' && typeof meta.backend === 'string';
  if (told && Array.isArray(meta.argv) && typeof meta.versions === 'object') return meta as Meta;
  throw new CheckpointError(
    `${file}: expected what made the run (engine, backend, argv, versions), got something else; the run cannot be used`,
  );
}

function findRun(name: string): string {
  for (const path of [name, join(runsFolder, name)])
    if (fs.existsSync(join(path, 'config.json'))) return resolve(path);
  const near = didYouMean(basename(name), runNames());
  throw new CheckpointError(`expected a run, got ${name}; ${near ?? 'see engram runs ls'}`);
}

/** The names of the runs in a folder, oldest first. */
export function runNames(folder = runsFolder): string[] {
  if (!fs.existsSync(folder)) return [];
  const names = fs.readdirSync(folder).filter((name) => fs.existsSync(join(folder, name, 'config.json')));
  const born = new Map(
    names.map((name) => [name, fs.statSync(join(folder, name, 'config.json')).birthtimeMs]),
  );
  return names.sort((a, b) => born.get(a)! - born.get(b)!);
}

/**
 * A JSON file of a run.
 * @throws CheckpointError when it is missing or not JSON
 */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(path, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const got = code === undefined ? 'something else' : code;
    throw new CheckpointError(`${path}: expected JSON, got ${got}; the run cannot be used`);
  }
}
