/**
 * A run's folder: config.json (resolved, every default in it), meta.json (what made it), metrics.jsonl, checkpoints/,
 * the pointers `last` and `best`, report/, and a lock while a process works on it. Nothing that is there is overwritten.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import { CheckpointError, UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/lookup.ts';
import { type Config, configSchema } from '../train/config.ts';
import { type Lock, lockRun } from './lock.ts';

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
  /** `engram`, `node`, `tfjs`, and the backend's own. */
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
}

/** A run that exists. */
export interface Run {
  readonly path: string;
  readonly config: Config;
  readonly meta: Meta;
}

/**
 * Makes and locks the folder of a new run.
 * @param out the folder asked for; left out, one is named by task, cell, time and chance
 * @throws UsageError when there is something in it already, or it cannot be made
 */
export async function createRun(
  out: string | undefined,
  { config, meta }: Pick<Run, 'config' | 'meta'>,
): Promise<{ run: Run; lock: Lock }> {
  const path = out ?? freshPath(config, meta.created);
  makeFolder(path);
  refuseIfUsed(path, []);
  const lock = await inFolder(path, () => lockRun(path));
  try {
    refuseIfUsed(path, [basename(join(path, 'lock'))]);
    await inFolder(path, async () => {
      writeWhole(join(path, 'meta.json'), meta);
      writeWhole(join(path, 'config.json'), config);
    });
  } catch (error) {
    lock.release();
    throw error;
  }
  return { run: { path, config, meta }, lock };
}

/** `runs/copy-ntm-20260101-120000-1f3a`, which is not there yet. */
function freshPath({ task, cell }: Config, created: string): string {
  const time = created.replaceAll(/[-:]|\..*/g, '').replace('T', '-');
  return join(runsFolder, `${task.name}-${cell.name}-${time}-${randomBytes(3).toString('hex')}`);
}

function makeFolder(path: string): void {
  try {
    fs.mkdirSync(path, { recursive: true });
  } catch (error) {
    throw cannotWrite(path, error);
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

async function inFolder<R>(path: string, write: () => Promise<R>): Promise<R> {
  try {
    return await write();
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function refuseIfUsed(path: string, ours: readonly string[]): void {
  const names = fs.readdirSync(path).filter((name) => !ours.includes(name));
  if (names.length === 0) return;
  const isRun = names.includes('config.json');
  const cure = isRun ? `go on with: engram resume ${path}` : 'give another folder';
  throw new UsageError(`--out: expected an empty or new folder, got ${path} with ${names[0]} in it; ${cure}`);
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
  return { path, config: parsed.data, meta: readJson(join(path, 'meta.json')) as Meta };
}

function findRun(name: string): string {
  for (const path of [name, join(runsFolder, name)])
    if (fs.existsSync(join(path, 'config.json'))) return path;
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
