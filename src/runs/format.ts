/**
 * Formats of files, as `schema: "engram.run/1"`: a name, and a number that grows when an older Engram would read the file
 * wrongly. What is newer is refused by name, and is not damaged: it is left as it is.
 */
import type { ZodType } from 'zod';
import { CheckpointError, UsageError } from '../core/errors.ts';
import { readSettings } from '../core/settings.ts';

/** A file of a newer format than this Engram reads. */
export class FormatError extends CheckpointError {}

/**
 * Refuses a file that a newer Engram wrote. Another name, or none, is for the file's schema to refuse.
 * @param content of the file   @param newest the format that is read, `engram.run/1`
 * @throws FormatError
 */
export function refuseNewer(file: string, content: unknown, newest: string): void {
  const { schema, versions } = (content ?? {}) as { schema?: unknown; versions?: { engram?: unknown } };
  const [name, number] = newest.split('/') as [string, string];
  const found = typeof schema === 'string' ? /^([\w.-]{1,60})\/(\d{1,9})$/.exec(schema) : null;
  if (found?.[1] !== name || Number(found[2]) <= Number(number)) return;
  const version = String(versions?.engram);
  const writer = /^\d[\w.+-]{0,30}$/.test(version) ? `Engram ${version}` : 'a newer Engram';
  throw new FormatError(
    `${file}: expected format ${newest} or older, got ${schema}, written by ${writer}; use that one or a newer one: npm install engram@latest`,
  );
}

/** What a document must be. */
export interface Document<T> {
  /** The newest format that is read, `engram.run/1`. */
  readonly format: string;
  readonly schema: ZodType<T>;
  /** What it is to a person: `a run's configuration`. */
  readonly what: string;
  readonly cure: string;
}

/**
 * The content of a document by its schema.
 * @throws FormatError when a newer Engram wrote it, CheckpointError naming the first thing that is wrong
 */
export function readDocument<T>(
  file: string,
  content: unknown,
  { format, schema, what, cure }: Document<T>,
): T {
  refuseNewer(file, content, format);
  try {
    return readSettings(schema, content, { cure: 'mend it' });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const [wrong] = error.message.split('; ');
    throw new CheckpointError(`${file}: expected ${what}, got something else (${wrong}); ${cure}`);
  }
}
