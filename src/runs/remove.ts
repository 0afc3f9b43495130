/** A run removed: what a run wrote, and nothing else that lies in its folder. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { foreignIn, runContents } from './contents.ts';
import { reading, writing } from './storage.ts';
import { quietly } from './whole-file.ts';

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
  const foreign = reading(path, () => foreignIn(path, runContents));
  if (foreign)
    throw new UsageError(
      `${path}: expected what a run wrote and nothing else, got ${foreign}; move it away, then remove the run`,
    );
}

/** What a run is called while it is removed. */
const REMOVED = /^\.removed-[0-9a-f]{16}$/;

/** Whether a name in a folder of runs is of one that is being removed, or whose removal was cut short. */
export function isRemoved(name: string): boolean {
  return REMOVED.test(name);
}

/** Removes a run's folder: under another name first, so that what a kill leaves of it is no run any more. */
export function removeRun(path: string): void {
  writing(path, () => {
    const removed = join(dirname(path), `.removed-${randomBytes(8).toString('hex')}`);
    fs.renameSync(path, removed);
    fs.rmSync(removed, { recursive: true });
  });
}

/** Clears away what removals that were cut short left in a folder of runs; what it cannot is in nobody's way. */
export function clearRemoved(folder: string): void {
  quietly(() => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (isRemoved(entry.name) && entry.isDirectory() && foreignIn(path, runContents) === undefined)
        fs.rmSync(path, { recursive: true, force: true });
    }
  });
}
