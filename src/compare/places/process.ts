/** The process of a trial: one each, so that one that dies takes nothing with it, and each keeps its run's lock. */
import { fork } from 'node:child_process';
import type { Trouble } from '../outcome.ts';

/** How the process of a trial ended: well, in trouble, or by our own signal, its work saved. */
export type Ended = 'well' | 'interrupted' | Trouble;

/** What to run, and how it is stopped. */
export interface ProcessRun {
  /** The module that takes the command line, as a child that ends with us. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly signal: AbortSignal;
}

/** What is kept of what a child says of its end. */
const KEPT_CHARACTERS = 4096;

/** Runs one command line to its end; a signal asks it to save and stop. */
export function runProcess({ program, argv, signal }: ProcessRun): Promise<Ended> {
  return new Promise((resolve) => {
    // A group of its own: Ctrl-C on the terminal is ours to hand on, once, since the second ends a child unsaved.
    const child = fork(program, argv, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-KEPT_CHARACTERS);
    });
    const stop = () => child.kill('SIGTERM');
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const end = (ended: Ended) => {
      signal.removeEventListener('abort', stop);
      resolve(ended);
    };
    child.once('error', ({ message }) => end({ ending: 'failed', reason: message }));
    child.once('close', (code, killedBy) => end(endedBy({ code, killedBy, said, aborted: signal.aborted })));
  });
}

/** By exit code: 0 is done, 4 is a budget spent without the task solved, 3 is divergence. */
function endedBy(exit: {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly said: string;
  readonly aborted: boolean;
}): Ended {
  const { code, killedBy, said, aborted } = exit;
  if (code === 0 || code === 4) return 'well';
  if (aborted && code !== 3) return 'interrupted';
  const last = said.trim().split('\n').at(-1) ?? '';
  const reason = last.replace(/^engram( \w+)?: /, '');
  if (code === 3) return { ending: 'diverged', reason };
  if (killedBy) return { ending: 'failed', reason: `its process was ended by ${killedBy}` };
  return { ending: 'failed', reason: reason || `its process ended with code ${code}` };
}
