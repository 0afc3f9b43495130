/**
 * Exceptions of a task of one's own, or of a file while it is loaded, told by the line they come from. Those of a cell's
 * tensor operations need more, and are told by `cell-errors.ts`.
 */
import { callSite } from './call-site.ts';
import { UsageError } from './errors.ts';

/** What was thrown, on one line. Errors of the language are named: the rest of the message rarely says what they are. */
export function told(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}: ${String(error)}`;
  const name = error.name === 'Error' ? '' : `${error.name}: `;
  return `${name}${error.message}`.replaceAll(/\s+/g, ' ').trim();
}

/**
 * A function of a person's own whose exceptions are told with the line they come from.
 * @param what as messages call it: `sample of my-task`
 * @throws UsageError for whatever the function throws; our own errors pass as they are
 */
export function blaming<A extends unknown[], R>(what: string, call: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      if (typeof (error as { exitCode?: unknown } | null)?.exitCode === 'number') throw error;
      const at = callSite(error instanceof Error ? error.stack : undefined);
      throw new UsageError(
        `${at === undefined ? '' : `${at}: `}expected ${what} to run, got ${told(error)}; mend that line`,
        { cause: error },
      );
    }
  };
}
