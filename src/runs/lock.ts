/**
 * One process a run: a lock file with the owner's process id. A lock whose owner has died is taken over; one whose owner
 * lives, or runs on another machine, is respected. Process ids are reused, so the owner's start time is kept beside it.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks after boot at which the process began; null where the system does not tell. */
  readonly started: string | null;
}

const TAKEOVER_MS = 60;
const NAME = 'lock';

/** Whether a file in a run's folder belongs to locking. */
export function isLockFile(name: string): boolean {
  return name === NAME || name.startsWith(`${NAME}.`);
}

/** A lock that is held. */
export interface Lock {
  release(): void;
}

/**
 * Locks a run's folder.
 * @throws UsageError when a live process holds it
 */
export async function lockRun(folder: string): Promise<Lock> {
  const path = join(folder, NAME);
  const own: Owner = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  const text = JSON.stringify(own);
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    if (!claim(draft, path)) await takeOver({ draft, path, text });
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    release() {
      if (read(path) === text) rmSync(path, { force: true });
    },
  };
}

/**
 * Refuses a run that a live process holds.
 * @throws UsageError
 */
export function refuseIfLocked(folder: string): void {
  const path = join(folder, NAME);
  const text = read(path);
  if (text !== undefined) refuseIfAlive(text, path);
}

/** Whether a live process holds a run. */
export function isLocked(folder: string): boolean {
  try {
    refuseIfLocked(folder);
    return false;
  } catch {
    return true;
  }
}

/** Links the finished draft into place, so that a lock is never seen half written; false when there is one. */
function claim(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    return claimWithoutLinks(draft, path);
  }
}

/** For file systems without hard links. */
function claimWithoutLinks(draft: string, path: string): boolean {
  try {
    writeFileSync(path, readFileSync(draft), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Replaces a dead owner's lock; of several that try at once, the last one wins and the others see that they lost. */
async function takeOver({ draft, path, text }: { draft: string; path: string; text: string }): Promise<void> {
  const held = read(path);
  if (held !== undefined) refuseIfAlive(held, path);
  renameSync(draft, path);
  await new Promise((done) => setTimeout(done, TAKEOVER_MS));
  const now = read(path);
  if (now !== text) refuseIfAlive(now ?? '', path);
}

function refuseIfAlive(text: string, path: string): void {
  const owner = parse(text);
  if (!owner) return;
  const { pid, host } = owner;
  if (host !== hostname())
    throw new UsageError(
      `expected a run that nobody uses, got one in use by process ${pid} on ${host}; if that has ended, remove ${path}`,
    );
  if (isAlive(owner))
    throw new UsageError(
      `expected a run that nobody uses, got one in use by process ${pid}; wait for it or stop it with: kill ${pid}`,
    );
}

function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return started === null || now === null || now === started;
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold spaces, so fields are counted after it. */
function startOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): Owner | undefined {
  try {
    const { pid, host, started } = JSON.parse(text) as Partial<Owner>;
    if (typeof pid !== 'number' || pid < 1 || typeof host !== 'string') return undefined;
    return { pid, host, started: started ?? null };
  } catch {
    return undefined;
  }
}
