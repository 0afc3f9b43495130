/**
 * The built command line again and again in one process, which is spared what a start takes, most of a second: the same
 * code from the same words to the same end, and where the command would leave the event loop empty, the next one begins.
 * Who asks for signals, streams or an environment gets a process of its own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { bare, engram, main, type Result, type RunOptions } from './engram.ts';

let child: ChildProcess | undefined;
/** Commands wait for the one before. */
let last: Promise<unknown> = Promise.resolve();

/** `engram ...argv` to its end, after those before it. */
export function engramAgain(argv: readonly string[], options: RunOptions): Promise<Result> {
  const { cwd, ...more } = options;
  if (Object.keys(more).length > 0) return engram(argv, options);
  const result = last.then(() => run(argv, cwd));
  last = result.catch(() => undefined);
  return result;
}

function run(argv: readonly string[], cwd: string): Promise<Result> {
  child ??= start();
  const own = child;
  return new Promise((resolve) => {
    own.once('message', (result) => {
      own.removeAllListeners('exit');
      resolve(result as Result);
    });
    // A command that ends its process, as some do to be sure: the next one has another.
    own.once('exit', (code, signal) => {
      child = undefined;
      resolve({ code, signal, stdout: '', stderr: 'ended its process' });
    });
    own.send({ argv, cwd });
  });
}

function start(): ChildProcess {
  const began = fork(join(import.meta.dirname, 'commands.mjs'), [main], {
    env: { ...process.env, ...bare },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  // Neither keeps the tests from ending, and the child ends when nobody sends to it any more.
  began.unref();
  (began.channel as unknown as { unref(): void }).unref();
  return began;
}
