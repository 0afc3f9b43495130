/**
 * Starts of runs that were cut short, told by what they are: the lock of a process that has ended, and nothing beside it
 * but what a start writes before config.json, which makes it a run. Whatever else lies in a folder is a person's.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { isLocked, isLockFile, isLockOfRun } from './lock.ts';
import { clearTemporaries, isTemporary } from './whole-file.ts';

/** What a start writes before it is a run. */
const FOLDERS = ['source'];
const FILES = ['init.safetensors', 'meta.json'];

/** Whether a folder is a start that was cut short: its process has ended. */
export function isCutShort(path: string): boolean {
  return isStart(path) && !isLocked(path);
}

/** Whether a folder holds a lock of ours and nothing that a start does not write. */
export function isStart(path: string): boolean {
  if (!isLockOfRun(path)) return false;
  return fs.readdirSync(path, { withFileTypes: true }).every((entry) => {
    if (isTemporary(entry.name)) return entry.isDirectory() || entry.isFile();
    if (entry.isDirectory()) return FOLDERS.includes(entry.name);
    return entry.isFile() && (FILES.includes(entry.name) || isLockFile(entry.name));
  });
}

/** Removes what a start wrote, but for its lock. */
export function clearStart(path: string): void {
  clearTemporaries(path);
  for (const name of [...FOLDERS, ...FILES]) fs.rmSync(join(path, name), { recursive: true, force: true });
}
