import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { isLockOfRun, type Lock, lockRun } from '../../../src/runs/lock.ts';

/** Something that happens before a call of the file system; calls are counted. */
const disk = vi.hoisted(() => ({ calls: 0, before: undefined as ((call: number) => void) | undefined }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const watched = [
    'lstatSync',
    'readFileSync',
    'writeFileSync',
    'readdirSync',
    'renameSync',
    'rmSync',
    'linkSync',
  ] as const;
  const wrap = (name: (typeof watched)[number]) => {
    const call = real[name] as (...given: unknown[]) => unknown;
    return (...given: unknown[]) => {
      disk.before?.(++disk.calls);
      return call(...given);
    };
  };
  return { ...real, ...Object.fromEntries(watched.map((name) => [name, wrap(name)])) };
});

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'engram-lock-'));
});
afterEach(() => {
  disk.before = undefined;
  fs.rmSync(folder, { recursive: true, force: true });
});

const dead = spawnSync(process.execPath, ['-e', '']).pid;
const { pid } = process;
/** Does something as another process that lives. */
function asAnother<R>(work: () => R): R {
  Object.defineProperty(process, 'pid', { value: process.ppid, configurable: true });
  try {
    return work();
  } finally {
    Object.defineProperty(process, 'pid', { value: pid, configurable: true });
  }
}

type Outcome = Lock | Error;
const outcome = (lock: Promise<Lock>): Promise<Outcome> => lock.catch((error: unknown) => error as Error);

describe.each([
  ['nobody has', undefined],
  ['a dead process has', { pid: dead, host: hostname(), started: null }],
])('a lock that %s', (_, owner) => {
  /** One process stops before its n-th call for as long as another wants the lock; whether it came that far. */
  async function stallAt(n: number): Promise<boolean> {
    fs.rmSync(folder, { recursive: true });
    fs.mkdirSync(folder);
    if (owner) fs.writeFileSync(join(folder, 'lock'), JSON.stringify(owner));
    let other: Promise<Outcome> | undefined;
    disk.calls = 0;
    disk.before = (call) => {
      if (call !== n) return;
      disk.before = undefined;
      other = asAnother(() => outcome(lockRun(folder)));
    };
    const one = await outcome(lockRun(folder));
    disk.before = undefined;
    if (!other) return false;
    const both = [one, await other];
    const refused = both.filter((found) => found instanceof Error);
    expect(refused, `stalled before call ${n}`).toEqual([expect.any(UsageError)]);
    const [held] = both.filter((found): found is Lock => !(found instanceof Error));
    expect(fs.readdirSync(folder)).toEqual(['lock']);
    const owned = JSON.parse(fs.readFileSync(join(folder, 'lock'), 'utf8')) as { pid: number };
    expect(owned.pid).toBe(held === one ? pid : process.ppid);
    return true;
  }

  it('has one owner, wherever one of two processes is stopped while the other goes on', async () => {
    let n = 1;
    while (await stallAt(n)) n++;
    expect(n).toBeGreaterThan(5);
  });

  it('leaves nothing behind that a later one does not clear, wherever a process is killed', async () => {
    for (let n = 1, killed = true; killed; n++) {
      disk.calls = 0;
      disk.before = (call) => {
        if (call >= n) throw new Error('killed');
      };
      const found = await asAnother(() => outcome(lockRun(folder)));
      disk.before = undefined;
      killed = found instanceof Error;
      fs.rmSync(join(folder, 'lock'), { force: true });
      (await lockRun(folder)).release();
      expect(fs.readdirSync(folder), `killed before call ${n}`).toEqual([]);
    }
  });
});

describe('a lock that cannot be read', () => {
  const path = () => join(folder, 'lock');
  it.each([
    ['a folder', () => fs.mkdirSync(path())],
    ['a link', () => fs.symlinkSync('/proc/self/environ', path())],
    ['a pipe that nobody writes', () => spawnSync('mkfifo', [path()])],
    ['huge', () => fs.writeFileSync(path(), ' '.repeat(5000))],
  ])("is not taken for nobody's: %s", async (_, make) => {
    make();
    await expect(lockRun(folder)).rejects.toThrow(UsageError);
    await expect(lockRun(folder)).rejects.toThrow(
      `${path()}: expected a lock, a small file, got something else; remove it if nobody uses the run`,
    );
    expect(isLockOfRun(folder)).toBe(false);
    expect(fs.readdirSync(folder)).toEqual(['lock']);
  });
});
