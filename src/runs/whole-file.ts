/**
 * Files and folders that are there whole or not at all: written under a name that nobody can guess, so that nothing lies
 * there that could be written through, and renamed. What a killed process left is known by such a name.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';

const BEGINS = '.tmp-';

/** A name in a folder for what is not yet, or no longer, there under its own. */
export function temporaryIn(folder: string): string {
  return join(folder, `${BEGINS}${randomBytes(8).toString('hex')}`);
}

/** What `temporaryIn` names, and what 0.1.0 did; other files that begin so are a person's. */
const TEMPORARY = /^\.tmp-([0-9a-f]{16}|last|best|step-\d+(-replaced)?)$/;

/** Whether a name is of something unfinished. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** How a file is replaced. */
export interface Replacing {
  /** The folder that it is written in, on the same disk; its own where it is left out. */
  readonly draftIn?: string;
  /** Whether it is on the disk before it is there; false for what only people read, and can be made again. */
  readonly synced?: boolean;
}

/** Puts a file in the place of an earlier one, links included. */
export function replaceFile(
  path: string,
  content: Uint8Array | string,
  { draftIn = dirname(path), synced = true }: Replacing = {},
): void {
  const temporary = temporaryIn(draftIn);
  try {
    if (synced) writeSynced(temporary, content);
    else fs.writeFileSync(temporary, content, { flag: 'wx' });
    fs.renameSync(temporary, path);
  } catch (error) {
    quietly(() => fs.rmSync(temporary, { force: true }));
    throw error;
  }
}

/** Makes a file, and puts it on the disk. */
export function writeSynced(file: string, content: Uint8Array | string): void {
  const descriptor = fs.openSync(file, 'wx');
  try {
    fs.writeFileSync(descriptor, content);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** A rename is on disk when its folder is; Windows cannot sync a folder and does not need to. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Removes a file or a folder with all that is in it: under another name first, so that it is never there in part. */
export function removeWhole(path: string): void {
  const removed = temporaryIn(dirname(path));
  fs.renameSync(path, removed);
  fs.rmSync(removed, { recursive: true });
}

/** Clears what a killed process left unfinished in a folder. */
export function clearTemporaries(folder: string): void {
  for (const name of fs.readdirSync(folder).filter(isTemporary))
    fs.rmSync(join(folder, name), { recursive: true, force: true });
}

/** Does what is not worth hiding an earlier error for. */
export function quietly(run: () => void): void {
  try {
    run();
  } catch {
    // The earlier error is told.
  }
}
