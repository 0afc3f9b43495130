/**
 * The file system under a folder, watched: every call of node:fs on something in it is told to a watcher before it is
 * made, which may throw in its place. Calls that are not watched (promises, callbacks, streams) are refused there, so
 * that what a watcher has counted is all there was.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** A call that is about to be made. */
export interface Call {
  /** As node:fs names it. */
  readonly name: string;
  readonly args: readonly unknown[];
  /** What it is about, whole: the file that was opened where a descriptor is given. */
  readonly path: string;
}

/** Whether a call opens a file that it may make. */
export function isMaking({ name, args: [, flags] }: Call): boolean {
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  return name === 'openSync' && flags !== 'r' && flags !== (O_RDONLY | O_NONBLOCK);
}

/** Is told of each call before it is made; an error that it throws is what the call comes to. */
export type Watcher = (call: Call) => void;

type Fn = (...args: unknown[]) => unknown;

/** Waiting for the platter shows nothing here and takes most of the time. */
const WAITS = new Set(['fsyncSync', 'fdatasyncSync']);

/** How many watch; those that begin later are told first, and pass on to those before. */
let watching = 0;

/** Watches a folder until the function that is returned is called; nothing of it may be open then. */
export function watchDisk(root: string, watcher: Watcher): () => void {
  const isLast = watching++ === 0;
  const open = new Map<number, string>();
  const placeOf = ([first]: readonly unknown[]): string | undefined => {
    if (typeof first === 'number') return open.get(first);
    if (typeof first !== 'string' && !(first instanceof URL) && !Buffer.isBuffer(first)) return undefined;
    const path = resolve(first instanceof URL ? fileURLToPath(first) : String(first));
    return path === root || path.startsWith(root + sep) ? path : undefined;
  };
  // What one call makes of others is that call.
  let within = false;
  const watched =
    (name: string, call: Fn): Fn =>
    (...args) => {
      const path = within ? undefined : placeOf(args);
      if (path === undefined) return call(...args);
      within = true;
      try {
        const refusal = refusalOf(() => watcher({ name, args, path }));
        if (refusal && name === 'existsSync') return false;
        // The system lets go of a file whatever it says.
        if (refusal && name !== 'closeSync') throw refusal.error;
        if (name === 'closeSync') open.delete(args[0] as number);
        const result = isLast && WAITS.has(name) ? undefined : call(...args);
        if (name === 'openSync') open.set(result as number, path);
        if (refusal) throw refusal.error;
        return result;
      } finally {
        within = false;
      }
    };
  const refused =
    (name: string, call: Fn): Fn =>
    (...args) => {
      const path = within ? undefined : placeOf(args);
      if (path === undefined) return call(...args);
      throw new Error(`${name} of ${path}: expected a call that is watched, got one that is not`);
    };
  const restore = [
    replaceCalls(fs, (name, call) => (name.endsWith('Sync') ? watched(name, call) : refused(name, call))),
    replaceCalls(fs.promises, (name, call) => refused(`promises.${name}`, call)),
  ];
  syncBuiltinESMExports();
  return () => {
    watching--;
    for (const undo of restore) undo();
    syncBuiltinESMExports();
    expect([...open.values()], 'left open').toEqual([]);
  };
}

function refusalOf(watch: () => void): { readonly error: unknown } | undefined {
  try {
    watch();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** Replaces the functions of a module, and returns what puts them back. */
function replaceCalls(module: object, by: (name: string, call: Fn) => Fn): () => void {
  const calls = Object.entries(module).filter(
    (entry): entry is [string, Fn] => typeof entry[1] === 'function' && /^[a-z]/.test(entry[0]),
  );
  Object.assign(module, Object.fromEntries(calls.map(([name, call]) => [name, by(name, call)])));
  return () => void Object.assign(module, Object.fromEntries(calls));
}
