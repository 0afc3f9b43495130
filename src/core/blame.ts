/**
 * Whose line an exception comes from: a cell or a task of one's own may throw anything, and its author needs the file
 * and the line, not the library's frames around it.
 */
import { UsageError } from './errors.ts';

/** A line of a file. */
export interface SourceLine {
  readonly path: string;
  readonly line: number;
}

/** The innermost line of a stack that is in a file of these; frames of the library, whose files are URLs, are passed over. */
export function lineIn(error: unknown, isTheirs: (path: string) => boolean): SourceLine | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const frame of stack.split('\n')) {
    const [, path, line] = /^ +at (?:.*?\()?([^()]+?):(\d+):\d+\)?$/.exec(frame) ?? [];
    if (path !== undefined && !path.startsWith('file:') && isTheirs(path))
      return { path, line: Number(line) };
  }
  return undefined;
}

/** What was thrown, on one line. Errors of the language are named: the rest of the message rarely says what they are. */
export function told(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}: ${String(error)}`;
  const name = error.name === 'Error' ? '' : `${error.name}: `;
  return `${name}${error.message}`.replaceAll(/\s*\n\s*/g, ' ').trim();
}

/** Whether an error is one of ours, which says by itself what to do. */
export function isOurs(error: unknown): boolean {
  return typeof (error as { exitCode?: unknown } | null)?.exitCode === 'number';
}

/** How the files of a person's own are known, and called. */
export interface Theirs {
  isTheirs(path: string): boolean;
  /** The name of a file in messages: as a person sees it from where they are. */
  show(path: string): string;
}

/**
 * A function of a person's own whose exceptions are told with the line they come from.
 * @throws UsageError for whatever the function throws; our own errors pass as they are
 */
export function blaming<A extends unknown[], R>(
  what: string,
  call: (...args: A) => R,
  { isTheirs, show }: Theirs,
): (...args: A) => R {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      if (isOurs(error)) throw error;
      const at = lineIn(error, isTheirs);
      const where = at ? `${show(at.path)}:${at.line}: ` : '';
      throw new UsageError(`${where}expected ${what} to run, got ${told(error)}; mend that line`, {
        cause: error,
      });
    }
  };
}
