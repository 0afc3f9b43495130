/**
 * Starts of runs that were cut short, told by what they are: the lock of a process that has ended, and nothing beside it
 * but what a start writes. Whatever else lies in a folder is a person's.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { foreignIn, isAmong, startContents } from './contents.ts';
import { isLocked, isLockOfRun, lockFiles } from './lock.ts';

/** Whether a folder is a start that was cut short: its process has ended. */
export function isCutShort(path: string): boolean {
  return isStart(path) && !isLocked(path);
}

/** Whether a folder holds a lock of ours and nothing that a start does not write. */
export function isStart(path: string): boolean {
  return isLockOfRun(path) && foreignIn(path, startContents) === undefined;
}

/** Removes what a start wrote, but for its lock. */
export function clearStart(path: string): void {
  for (const entry of fs.readdirSync(path, { withFileTypes: true }))
    if (isAmong(startContents, entry) && !lockFiles.test(entry.name))
      fs.rmSync(join(path, entry.name), { recursive: true, force: true });
}
