/** A command line run as a process of its own would run it, but in this one: its number, its clock, its streams, its end. */
import { inspect } from 'node:util';
import { vi } from 'vitest';
import { readFailure } from '../../../src/cli/shell/failure.ts';
import { run } from '../../../src/cli/shell/run.ts';
import type { Terminal } from '../../../src/cli/shell/terminal.ts';

/** What came of a command. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The error as it was thrown, with its place, for whoever looks for its cause. */
  readonly thrown?: string;
}

const own = process.pid;
/** Beyond what Linux numbers processes by: nobody has it, so that a lock with it is a dead process's. */
let lastPid = 2 ** 22;

/** Runs `engram ...argv` in the working folder. The clock stands still, so that equal runs are equal to the byte. */
export async function engram(argv: readonly string[]): Promise<Ended> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const terminal: Terminal = {
    live: false,
    columns: undefined,
    width: undefined,
    result: (text) => void stdout.push(`${text}\n`),
    note: (text) => void stderr.push(`${text}\n`),
    status: () => undefined,
    style: (_, text) => text,
  };
  const ended = (code: number, thrown?: string): Ended => ({
    code,
    stdout: stdout.join(''),
    stderr: stderr.join(''),
    ...(thrown !== undefined && { thrown }),
  });
  const before = process.exitCode;
  process.exitCode = 0;
  Object.defineProperty(process, 'pid', { value: ++lastPid, configurable: true });
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 0 });
  try {
    await run(argv, terminal);
    return ended(Number(process.exitCode));
  } catch (error) {
    const { exitCode, name, message } = readFailure(error);
    terminal.note(`engram ${argv[0]}: ${name}: ${message}`);
    return ended(exitCode, inspect(error));
  } finally {
    vi.useRealTimers();
    Object.defineProperty(process, 'pid', { value: own, configurable: true });
    process.exitCode = before;
  }
}
