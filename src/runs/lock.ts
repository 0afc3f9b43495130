/**
 * One process a run: a file `lock` with the owner's process id. A lock whose owner has died is taken over; one whose
 * owner lives, or runs on another machine, is respected. Process ids are reused, so the owner's start time is kept
 * beside it. Whoever wants the lock writes a claim of its own, removes all other claims, looks at the lock and renames
 * its claim to it. Who removed my claim cannot lose to me afterwards, however long I was stopped in between: my rename
 * finds nothing. Who did not had renamed its own before I looked, and I saw its lock.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { isThere } from './storage.ts';
import { quietly } from './whole-file.ts';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks after boot at which the process began; null where the system does not tell. */
  readonly started: string | null;
}

const NAME = 'lock';
const MOST_BYTES = 4096;
/** A claim; 0.1.0 left some that are called by a process id. */
const CLAIM = /^lock\.([0-9a-f]{16}|\d+)$/;
/** What belongs to locking in a run's folder. */
export const lockFiles: RegExp = new RegExp(`^${NAME}$|${CLAIM.source}`);
/** How often and how long apart claims are made anew that others remove: they are about to take the lock. */
const ATTEMPTS = 50;
const PAUSE_MS = 40;

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
  const text = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) });
  for (let attempt = 0; !claim(folder, text); attempt++) {
    if (attempt === ATTEMPTS)
      throw new UsageError(
        `expected a run that nobody uses, got others that begin to use ${folder}; try again`,
      );
    await new Promise((done) => setTimeout(done, PAUSE_MS * Math.random()));
  }
  return {
    release() {
      // A lock that stays is a dead process's soon, and an error of the work that ends here says more.
      quietly(() => {
        if (read(path) === text) fs.rmSync(path, { force: true });
      });
    },
  };
}

/**
 * Refuses a run that a live process holds.
 * @throws UsageError
 */
export function refuseIfLocked(folder: string): void {
  const path = join(folder, NAME);
  const owner = parse(read(path) ?? '');
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

/** Whether a folder has a lock that an Engram wrote, its owner alive or not. */
export function isLockOfRun(folder: string): boolean {
  const path = join(folder, NAME);
  const stat = isThere(path) ? fs.lstatSync(path) : undefined;
  return stat?.isFile() === true && stat.size <= MOST_BYTES && parse(read(path) ?? '') !== undefined;
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

/** Takes the lock; false when another removed the claim meanwhile. */
function claim(folder: string, text: string): boolean {
  refuseIfLocked(folder);
  const own = join(folder, `${NAME}.${randomBytes(8).toString('hex')}`);
  try {
    // On the disk before it is the lock: a start that a power cut ends is known by what its lock says.
    fs.writeFileSync(own, text, { flag: 'wx', flush: true });
    for (const name of fs.readdirSync(folder))
      if (CLAIM.test(name) && join(folder, name) !== own) fs.rmSync(join(folder, name), { force: true });
    refuseIfLocked(folder);
    fs.renameSync(own, join(folder, NAME));
    return true;
  } catch (error) {
    fs.rmSync(own, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && fs.existsSync(folder)) return false;
    throw error;
  }
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
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** A lock's text, nothing where there is none; what cannot be read is not nobody's, and a pipe would never end. */
function read(path: string): string | undefined {
  try {
    const stat = fs.lstatSync(path);
    if (stat.isFile() && stat.size <= MOST_BYTES) return fs.readFileSync(path, 'utf8');
    throw new UsageError(
      `${path}: expected a lock, a small file, got something else; remove it if nobody uses the run`,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
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
