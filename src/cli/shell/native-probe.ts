/**
 * Loads the native backend without risking this process: where an addon is there, a child tries it first, because an
 * unfit processor or a damaged library kills whoever loads it, or never comes back (emulation).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  loadNative,
  type NativeFailure,
  type NativeStatus,
  nativeFailure,
  nativePackage,
} from '../../core/native.ts';

const TIMEOUT_MS = 30_000;

/** What it means that loading ended a process with a signal: a page beyond the end of a file cannot be read, for one. */
const meanings: Readonly<Record<string, NativeFailure>> = {
  SIGILL: 'illegal-instruction',
  SIGBUS: 'cut-short',
};

/** What the child runs: load, and compute something. Its argument is the file to resolve the package from. */
const trial = `
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
const tf = require('node:module').createRequire(process.argv[1])('${nativePackage}');
tf.add(1, 1).dataSync();
`;

/**
 * The state of the native backend as packages are resolved from `from`; it is loaded if it works.
 * Takes a second where an addon is there, and next to nothing where none is.
 */
export function probedNative(from: string = import.meta.url, timeoutMs: number = TIMEOUT_MS): NativeStatus {
  const require = createRequire(from);
  if (!hasAddon(require)) return loadNative(require);
  const { signal, status, error } = spawnSync(process.execPath, ['-e', trial, from], {
    stdio: 'ignore',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT')
    return nativeFailure('timed-out', `loading did not end within ${timeoutMs / 1000} s`);
  if (signal) return nativeFailure(meanings[signal] ?? 'crashed', `loading ended the process with ${signal}`);
  const loaded = loadNative(require);
  if (status === 0 || !loaded.available) return loaded;
  return nativeFailure('unknown', 'it loads, and adding two numbers with it fails');
}

/** Whether the package has a compiled part; without one it cannot do worse than throw. */
function hasAddon(require: NodeJS.Require): boolean {
  try {
    const lib = join(dirname(require.resolve(`${nativePackage}/package.json`)), 'lib');
    return readdirSync(lib).some((folder) => existsSync(join(lib, folder, 'tfjs_binding.node')));
  } catch {
    return false;
  }
}
