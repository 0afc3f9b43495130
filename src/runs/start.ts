/**
 * How a run begins: an empty folder is locked, its files are written, and config.json last, by a rename. Until that is
 * there it is no run but a start; one that was cut short is cleared away by the next in its place.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import type { Config } from '../train/config.ts';
import { clearStart, isCutShort, isStart } from './cut-short.ts';
import { type Run, runsFolder, writeJson } from './folder.ts';
import { type Lock, lockFiles, lockRun } from './lock.ts';
import { makeFolders } from './make-folders.ts';
import { clearRemoved } from './remove.ts';
import { copySource, type SourceFiles } from './source.ts';
import { syncFolder } from './whole-file.ts';

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
  if (out === undefined) await clearCutShort(runsFolder);
  const path = resolve(out ?? freshPath(config));
  const made: string[] = [];
  try {
    makeFolders(path, made);
    const cutShort = isCutShort(path);
    if (!cutShort) refuseIfUsed(path, out);
    const lock = await lockRun(path);
    const abandon = () => {
      // The lock last: what could not be cleared away is known by it.
      if (isStart(path)) clearStart(path);
      lock.release();
      removeEmpty(made.toReversed());
    };
    try {
      if (cutShort) clearStart(path);
      // What came while the lock was taken.
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
 * Writes down what a run is: after this it is one.
 * @throws UsageError when the disk refuses
 */
export function beginRun({ path }: ClaimedFolder, { config, meta, source, besides }: BeginOptions): Run {
  try {
    if (source) copySource(path, source);
    besides?.(path);
    writeJson(join(path, 'meta.json'), meta);
    syncFolder(path);
    writeJson(join(path, 'config.json'), config);
    syncFolder(path);
  } catch (error) {
    // Whoever claimed the folder abandons a start, and no run.
    fs.rmSync(join(path, 'config.json'), { force: true });
    throw cannotWrite(path, error);
  }
  return { path, config, meta };
}

/** Removes starts and removals that were cut short in a folder of runs: their names are never asked for again. */
async function clearCutShort(folder: string): Promise<void> {
  clearRemoved(folder);
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  for (const path of names.map((name) => join(folder, name)))
    try {
      if (!isCutShort(path)) continue;
      const lock = await lockRun(path);
      if (isStart(path)) clearStart(path);
      lock.release();
      fs.rmdirSync(path);
    } catch {
      // Another start clears it, or it may not be written: it is in nobody's way.
    }
}

/** `runs/copy-ntm-20260101-120000-1f3a`, which is not there yet. */
function freshPath({ task, cell }: Config): string {
  const time = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '-');
  return join(runsFolder, `${task.name}-${cell.name}-${time}-${randomBytes(3).toString('hex')}`);
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
  const names = fs.readdirSync(path).filter((name) => !lockFiles.test(name));
  if (names.length > 0) throw inUse(asked, names);
}

function inUse(path: string, names: readonly string[]): UsageError {
  const cure = names.includes('config.json') ? `go on with: engram resume ${path}` : 'give another folder';
  return new UsageError(
    `--out: expected an empty or new folder, got ${path} with ${names[0]} in it; ${cure}`,
  );
}
