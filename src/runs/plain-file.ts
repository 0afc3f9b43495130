/**
 * Files read as what they may be, a stranger's: what is no plain file, or larger than such a file ever is, is refused
 * before anything is read. A pipe would never end, a device neither, and a file of holes would fill the memory. Of one
 * that grows meanwhile, what it had when it was looked at is read and no more.
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
  return withPlainFile(path, sort, readBytes);
}

/** As many bytes as a file was found to have, or fewer where it was cut meanwhile. */
function readBytes(file: number, most: number): Buffer {
  const bytes = Buffer.allocUnsafe(most);
  let read = 0;
  for (let more = -1; more !== 0 && read < most; read += more)
    more = fs.readSync(file, bytes, read, most - read, null);
  return bytes.subarray(0, read);
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
    if (other !== undefined) {
      const cure = stat.isDirectory() ? 'check the path' : 'remove it or use another';
      throw new CheckpointError(`${path}: expected a file, got ${other}; ${cure}`);
    }
    if (stat.size > mostBytes[sort])
      throw new CheckpointError(
        `${path}: expected at most ${mostBytes[sort]} bytes, got ${stat.size}; the file is damaged, use another`,
      );
    return use(file, stat.size);
  } finally {
    fs.closeSync(file);
  }
}

/** What is no file; of sockets the system says so itself. */
function kindOf(stat: fs.Stats): string | undefined {
  if (stat.isDirectory()) return 'a folder';
  if (stat.isFIFO()) return 'a pipe';
  return stat.isCharacterDevice() || stat.isBlockDevice() ? 'a device' : undefined;
}
