import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { isLocked, lockRun, refuseIfLocked } from '../../../src/runs/lock.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'engram-lock-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const write = (owner: object | string) =>
  fs.writeFileSync(join(folder, 'lock'), typeof owner === 'string' ? owner : JSON.stringify(owner));
/** The id of a process that has ended. */
const dead = () => spawnSync(process.execPath, ['-e', '']).pid;

describe('lock', () => {
  it('keeps a second user out until it is released, and leaves nothing behind', async () => {
    const lock = await lockRun(folder);
    expect(isLocked(folder)).toBe(true);
    await expect(lockRun(folder)).rejects.toThrow(UsageError);
    await expect(lockRun(folder)).rejects.toThrow(
      `in use by process ${process.pid}; wait for it or stop it with: kill`,
    );
    lock.release();
    expect(isLocked(folder)).toBe(false);
    expect(fs.readdirSync(folder)).toEqual([]);
    (await lockRun(folder)).release();
  });

  it('is taken over from a process that has died', async () => {
    write({ pid: dead(), host: hostname(), started: null });
    expect(isLocked(folder)).toBe(false);
    const lock = await lockRun(folder);
    expect(isLocked(folder)).toBe(true);
    lock.release();
  });

  it('is taken over when the process id belongs to another process by now', async () => {
    write({ pid: process.pid, host: hostname(), started: '1' });
    expect(isLocked(folder)).toBe(false);
    (await lockRun(folder)).release();
  });

  it('of another machine is respected, and the cure said', () => {
    write({ pid: 1, host: 'elsewhere', started: null });
    expect(() => refuseIfLocked(folder)).toThrow(/process 1 on elsewhere; if that has ended, remove .*lock$/);
  });

  it.each(['', '{', 'null', '{"pid":"x"}', '{"pid":-1,"host":"h"}'])(
    'that says "%s" is nobody\'s',
    async (text) => {
      write(text);
      (await lockRun(folder)).release();
    },
  );

  it.each(['lock.4711', 'lock.00ff00ff00ff00ff'])(
    'clears %s away, which a killed process left',
    async (name) => {
      fs.writeFileSync(join(folder, name), '{"pid":');
      fs.writeFileSync(join(folder, 'lock.txt'), "a person's own");
      (await lockRun(folder)).release();
      expect(fs.readdirSync(folder)).toEqual(['lock.txt']);
    },
  );

  it("does not release what has become another's", async () => {
    const lock = await lockRun(folder);
    write({ pid: 1, host: 'elsewhere', started: null });
    lock.release();
    expect(isLocked(folder)).toBe(true);
  });
});
