/** Commands of the command line run in this process, one after the other; what they print is kept. */

import { type Failure, readFailure } from '../../../src/cli/shell/failure.ts';
import { run } from '../../../src/cli/shell/run.ts';
import type { Terminal } from '../../../src/cli/shell/terminal.ts';

/** What came of a command. */
export interface Outcome {
  readonly code: number;
  /** What it printed as its result. */
  readonly out: string;
  /** What it said beside that. */
  readonly notes: readonly string[];
  readonly failure?: Failure;
  /** Where an unexpected error came from. */
  readonly stack?: string | undefined;
}

/** Runs one command line. */
export async function command(argv: readonly string[]): Promise<Outcome> {
  const out: string[] = [];
  const notes: string[] = [];
  const terminal: Terminal = {
    ...{ live: false, columns: undefined, width: undefined, status: () => {} },
    result: (text) => out.push(text),
    note: (text) => notes.push(text),
    style: (_format, text) => text,
  };
  process.exitCode = 0;
  try {
    await run(argv, terminal);
    return { code: Number(process.exitCode), out: out.join('\n'), notes };
  } catch (error) {
    const failure = readFailure(error);
    const { stack } = error as Error;
    return { code: failure.exitCode, out: out.join('\n'), notes, failure, stack };
  } finally {
    process.exitCode = 0;
  }
}
