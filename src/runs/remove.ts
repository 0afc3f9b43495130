/** A run removed: what a run wrote, and nothing else that lies in its folder. */
import * as fs from 'node:fs';
import { UsageError } from '../core/errors.ts';
import { foreignIn, runContents } from './contents.ts';
import { reading, writing } from './storage.ts';
import { removeWhole } from './whole-file.ts';

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

/** Removes a run's folder: under another name first, so that what a kill leaves of it is no run any more. */
export function removeRun(path: string): void {
  writing(path, () => removeWhole(path));
}
