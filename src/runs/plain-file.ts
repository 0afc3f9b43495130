/**
 * Files read as what they may be, a stranger's: what is no plain file, or larger than such a file ever is, is refused
 * before anything is read. A pipe would never end, a device neither, and a file of holes would fill the memory.
 */
import * as fs from 'node:fs';
import { CheckpointError } from '../core/errors.ts';

/** The most bytes of each sort of file; above what any run of ours has by far. */
export const mostBytes = {
  /** config.json, meta.json, state.json, card.json, a report's mark. */
  document: 2 ** 24,
  /** metrics.jsonl and timing.jsonl: what one string can hold. */
  log: 2 ** 29 - 24,
  /** The arrays of a checkpoint. */
  arrays: 2 ** 30,
  /** One file of a cell's or a task's code. */
  source: 2 ** 24,
} as const;

/**
 * Reads a plain file; links to one are followed.
 * @throws CheckpointError where it is something else or too large; the system's own error where it cannot be opened
 */
export function readPlainFile(path: string, sort: keyof typeof mostBytes): Buffer {
  return withPlainFile(path, sort, (file) => fs.readFileSync(file));
}

/** Hands on a plain file that is open for reading, and how large it is. Errors as of `readPlainFile`. */
export function withPlainFile<R>(
  path: string,
  sort: keyof typeof mostBytes,
  use: (file: number, bytes: number) => R,
): R {
  // Without O_NONBLOCK, opening a pipe that nobody writes to would wait forever.
  const file = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    const stat = fs.fstatSync(file);
    const other = kindOf(stat);
    if (other !== undefined)
      throw new CheckpointError(`${path}: expected a file, got ${other}; remove it or use another`);
    if (stat.size > mostBytes[sort])
      throw new CheckpointError(
        `${path}: expected at most ${mostBytes[sort]} bytes, got ${stat.size}; the file is damaged, use another`,
      );
    return use(file, stat.size);
  } finally {
    fs.closeSync(file);
  }
}

/** What is no file; of folders and sockets the system says so itself. */
function kindOf(stat: fs.Stats): string | undefined {
  if (stat.isFIFO()) return 'a pipe';
  return stat.isCharacterDevice() || stat.isBlockDevice() ? 'a device' : undefined;
}
