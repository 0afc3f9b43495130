/** What the disk refuses while a run is written, as one line that says what is safe. */

/** A run could not be written further; what was written before is whole. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly exitCode = 1;
}

/** Runs something that writes; a refusal is told with the file it was about. */
export function writing<R>(path: string, write: () => R): R {
  try {
    return write();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The checkpoint store has told it in its own words.
    if (code === undefined) throw new StorageError(message, { cause: error });
    const [expected, cure] = refusals[code] ?? ['to write it', 'see to the folder'];
    throw new StorageError(
      `${path}: expected ${expected}, got ${code}; ${cure}, then go on with engram resume`,
      { cause: error },
    );
  }
}

const refusals: Readonly<Record<string, readonly [expected: string, cure: string]>> = {
  ENOSPC: ['room on the disk', 'free some space'],
  EDQUOT: ['room in the disk quota', 'free some space'],
  EACCES: ['permission to write', 'mend its rights'],
  EPERM: ['permission to write', 'mend its rights'],
  EROFS: ['a file system that can be written', 'mount it writable'],
};
