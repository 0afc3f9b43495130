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
const FOLDERS = /^(checkpoints|report(-grid|-step-\d+)?|source|source-before-\d+)$/;
/** In the folder of checkpoints. */
const CHECKPOINT = /^(damaged-)?step-\d+(-\d+)?$/;

/**
 * Refuses a run that is the working folder, or holds something that no run writes.
 * @throws UsageError naming it
 */
export function refuseForeign(path: string): void {
  if (fs.realpathSync(path) === fs.realpathSync(process.cwd()))
    throw new UsageError(`expected a run that is not the working folder, got ${path}; leave it first: cd ..`);
  const listed = (folder: string) =>
    reading(folder, () => fs.readdirSync(folder, { withFileTypes: true })).filter(
      ({ name }) => !isTemporary(name),
    );
  const entries = listed(path);
  const isOurs = (entry: fs.Dirent) =>
    entry.isDirectory()
      ? FOLDERS.test(entry.name)
      : entry.isFile() && (FILES.has(entry.name) || isLockFile(entry.name));
  const hasCheckpoints = entries.some((entry) => entry.name === 'checkpoints' && entry.isDirectory());
  const inside = hasCheckpoints ? listed(join(path, 'checkpoints')) : [];
  const foreign =
    entries.find((entry) => !isOurs(entry)) ?? inside.find(({ name }) => !CHECKPOINT.test(name));
  if (foreign)
    throw new UsageError(
      `${path}: expected what a run wrote and nothing else, got ${join(foreign.parentPath, foreign.name)}; move it away, then remove the run`,
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
