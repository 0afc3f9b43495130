/** Runs the built command line as a user does: another process, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';

/** The built command. */
export const main = join(import.meta.dirname, '../../dist/src/cli/main.js');

/** What the test runner and its callers set and a user's shell does not. */
export const bare = {
  CI: undefined,
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
  NODE_PATH: undefined,
  NODE_OPTIONS: undefined,
  npm_execpath: undefined,
  npm_command: undefined,
  npm_config_user_agent: undefined,
} as const;

/** What came of a command. */
export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called when the process is there, to send it signals. */
  readonly started?: (child: ChildProcess) => void;
  /** Called with each piece of stderr. */
  readonly said?: (text: string, child: ChildProcess) => unknown;
  /** The program, where it is not the built one. */
  readonly program?: string;
  /** Descriptors for stdout and stderr instead of pipes. */
  readonly stdio?: readonly ['ignore', 'pipe' | number, 'pipe' | number];
}

/** A command that has not ended by then never will: it is ended before its test gives up, and none is left behind. */
const TIMEOUT_MS = 240_000;

/** `engram ...argv` to its end. */
export function engram(argv: readonly string[], options: RunOptions): Promise<Result> {
  const { cwd, env = {}, started, said, program = main, stdio = ['ignore', 'pipe', 'pipe'] } = options;
  const child = spawn(process.execPath, [program, ...argv], {
    cwd,
    env: { ...process.env, ...bare, ...env },
    stdio: [...stdio],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data) => {
    text.stdout += data;
  });
  child.stderr?.on('data', (data) => {
    text.stderr += data;
    said?.(text.stderr, child);
  });
  started?.(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...text }));
  });
}

/** One line on stderr, nothing on stdout, and the exit code. */
export function expectRefusal(result: Result, code: number, message: RegExp | string): void {
  expect(result.stderr).toMatch(message);
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(result.stderr).not.toMatch(/ {4}at |node:internal/);
  expect([result.stdout, result.code]).toEqual(['', code]);
}

/** A folder for one test file, and its removal. */
export function workFolder(name: string): { path: string; remove(): void } {
  const path = fs.mkdtempSync(join(tmpdir(), `engram-${name}-`));
  return { path, remove: () => fs.rmSync(path, { recursive: true, force: true }) };
}

/** Flags of a run so small that training it takes a second or two. */
export const small = [
  '--cell=lstm',
  '--cell.size=12',
  '--cell.layers=1',
  '--task.maxLength=3',
  '--task.width=3',
  '--backend=wasm',
  '--batch=8',
  '--log-every=5',
  '--evaluation.everySteps=10',
  '--evaluation.sequences=20',
  '--checkpoint.everySteps=10',
  '--optimizer=adam',
  '--optimizer.rate=1e-2',
];
