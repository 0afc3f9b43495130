/** What the disk refuses while a run is read or written, as one line that says what to do. */
import { lstatSync } from 'node:fs';

/** A run could not be read or written further; what was written before is whole. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly exitCode = 1;
}

/** Runs something that writes; what the system refuses is told with the file it was about, other errors go through. */
export function writing<R>(path: string, write: () => R): R {
  try {
    return write();
  } catch (error) {
    throw refused(path, error);
  }
}

/** Runs something that reads; refusals as in `writing`. That there is no such file is for the caller to judge. */
export function reading<R>(path: string, read: () => R): R {
  try {
    return read();
  } catch (error) {
    throw isMissing(error) ? error : refused(path, error, 'read');
  }
}

/** Whether the system says that there is no such file, or another kind of thing in its place. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * Whether there is something of this name, a link that leads nowhere included.
 * @throws StorageError where that cannot be known: it is not the same as nothing
 */
export function isThere(path: string): boolean {
  try {
    reading(path, () => lstatSync(path));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** The system's refusal as a StorageError; any other error as it is. */
export function refused(path: string, error: unknown, to: 'read' | 'write' = 'write'): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof StorageError) return error;
  const [expected, cure] = refusals[code] ?? [`to ${to} it`, 'see to the disk'];
  const then = to === 'read' ? 'try again' : 'go on with engram resume';
  const line = `${path}: expected ${expected.replace('{to}', to)}, got ${code}; ${cure}, then ${then}`;
  return new StorageError(code === 'ENOENT' ? gone(path) : line, { cause: error });
}

/** What is said where the folder that is written to has gone. */
export function gone(path: string): string {
  return `${path}: expected the folder of the run, got none; it was moved or removed while the run went on, which ends here`;
}

const refusals: Readonly<Record<string, readonly [expected: string, cure: string]>> = {
  ENOSPC: ['room on the disk', 'free some space'],
  EDQUOT: ['room in the disk quota', 'free some space'],
  EACCES: ['permission to {to}', 'mend its rights'],
  EPERM: ['permission to {to}', 'mend its rights'],
  EROFS: ['a file system that can be written', 'mount it writable'],
  ELOOP: ['a file or folder of the run itself, and no link', 'remove the link'],
  ENXIO: ['a file', 'remove what is in its place'],
  ENOTDIR: ['a folder', 'move away what is in its place'],
  EMFILE: ['room for more open files', 'allow more with ulimit -n 1024'],
  ENFILE: ['room for more open files', 'allow more with ulimit -n 1024'],
};
