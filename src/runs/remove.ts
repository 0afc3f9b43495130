/** A run removed: what a run wrote, and nothing else that lies in its folder. */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { isLockFile } from './lock.ts';
import { reading, writing } from './storage.ts';
import { isTemporary, temporaryIn } from './whole-file.ts';

const FILES = new Set([
  'config.json',
  'meta.json',
  'metrics.jsonl',
  'timing.jsonl',
  'init.safetensors',
  'last',
  'best',
]);
const CHECKPOINT = /^(damaged-)?step-\d+(-\d+)?$/;
const ARRAYS = /^(weights|optimizer)\.safetensors$|^state\.json$/;
const REPORT = /^report(-grid|-step-\d+)?$/;
const PICTURE = /^[\w-]+\.(svg|png)$|^index\.html$|^report\.json$/;
const SOURCE = /^source(-before-\d+)?$/;

/**
 * Refuses a run that is the working folder, or holds something that no run writes.
 * @throws UsageError naming it
 */
export function refuseForeign(path: string): void {
  if (fs.lstatSync(path).isSymbolicLink())
    throw new UsageError(
      `expected the folder of a run, got the link ${path}; name the folder itself: ${fs.realpathSync(path)}`,
    );
  if (fs.realpathSync(path) === fs.realpathSync(process.cwd()))
    throw new UsageError(`expected a run that is not the working folder, got ${path}; leave it first: cd ..`);
  const foreign = foreignIn(path, (entry) => FILES.has(entry.name) || isLockFile(entry.name));
  if (foreign)
    throw new UsageError(
      `${path}: expected what a run wrote and nothing else, got ${foreign}; move it away, then remove the run`,
    );
}

/** Removes a run's folder: under another name first, so that what a kill leaves of it is no run any more. */
export function removeRun(path: string): void {
  writing(path, () => {
    const removed = temporaryIn(dirname(path));
    fs.renameSync(path, removed);
    fs.rmSync(removed, { recursive: true });
  });
}

/** The first thing in a folder of a run that no run writes, folders within it included. */
function foreignIn(folder: string, isFile: (entry: fs.Dirent) => boolean): string | undefined {
  const entries = reading(folder, () => fs.readdirSync(folder, { withFileTypes: true }));
  for (const entry of entries) {
    const { name } = entry;
    const path = join(folder, name);
    if (isTemporary(name) || (entry.isFile() && isFile(entry))) continue;
    if (!entry.isDirectory()) return path;
    const inside = folderIn(name, path);
    if (inside !== undefined) return inside === '' ? path : inside;
  }
  return undefined;
}

/** What is foreign in a folder of this name: all of it (''), something within it, or nothing. */
function folderIn(name: string, path: string): string | undefined {
  // Code of a person's own has names of its own.
  if (SOURCE.test(name)) return undefined;
  if (name === 'checkpoints') return foreignIn(path, () => false);
  if (CHECKPOINT.test(name)) return foreignIn(path, (entry) => ARRAYS.test(entry.name));
  return REPORT.test(name) ? foreignIn(path, (entry) => PICTURE.test(entry.name)) : '';
}
