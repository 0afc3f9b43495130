/** What the disk refuses while a run is written, as one line that says what is safe. */

/** A run could not be written further; what was written before is whole. */
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

/** The system's refusal as a StorageError; any other error as it is. */
export function refused(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const [expected, cure] = refusals[code] ?? ['to write it', 'see to the folder'];
  const message = `${path}: expected ${expected}, got ${code}; ${cure}, then go on with engram resume`;
  return new StorageError(message, { cause: error });
}

const refusals: Readonly<Record<string, readonly [expected: string, cure: string]>> = {
  ENOSPC: ['room on the disk', 'free some space'],
  EDQUOT: ['room in the disk quota', 'free some space'],
  EACCES: ['permission to write', 'mend its rights'],
  EPERM: ['permission to write', 'mend its rights'],
  EROFS: ['a file system that can be written', 'mount it writable'],
};
