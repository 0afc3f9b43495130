import { type ChildProcess, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { engram, main, small, workFolder } from './engram.ts';

const folder = workFolder('disk');
afterAll(folder.remove);
const cwd = folder.path;
const at = (...path: string[]) => join(cwd, ...path);

describe('a working folder that is removed', () => {
  /** Removes a folder while nothing is written into it. */
  function remove(path: string, child: ChildProcess): void {
    child.kill('SIGSTOP');
    fs.rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    child.kill('SIGCONT');
  }

  it('ends training in one line when there is something to save, and no folder comes back', async () => {
    const gone = at('gone');
    fs.mkdirSync(gone);
    const { code, stdout, stderr } = await engram(
      ['train', 'copy', ...small, '--steps=100000', '--out=deep/run'],
      {
        cwd: gone,
        said: (text, child) => /^step \d+/m.test(text) && remove(gone, child),
      },
    );
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^engram train: deep\/run(\/checkpoints\/step-\d+)?: expected the folder of the run, got none; it was moved/,
    );
    expect(fs.existsSync(gone)).toBe(false);
  });

  it('does not keep a signal from ending it', async () => {
    const gone = at('gone');
    fs.mkdirSync(gone);
    // Nothing is saved before the signal: a best evaluation would be, and end it first.
    const own = /^--(checkpoint|evaluation)\.everySteps=/;
    const seldom = ['--checkpoint.everySteps=100000', '--evaluation.everySteps=100000'];
    const { code } = await engram(
      ['train', 'copy', ...small.filter((flag) => !own.test(flag)), ...seldom, '--steps=100000', '--out=run'],
      {
        cwd: gone,
        said: (text, child) => {
          if (!/^step \d+/m.test(text) || !fs.existsSync(gone)) return;
          remove(gone, child);
          child.kill('SIGTERM');
        },
      },
    );
    expect(code).toBe(1);
  });

  it('is told by a command that begins in it', () => {
    const gone = at('gone');
    fs.mkdirSync(gone);
    const line = `rmdir "$PWD" && "${process.execPath}" "${main}" runs ls`;
    const { status, stderr } = spawnSync('bash', ['-c', line], { cwd: gone, encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      2,
      'engram: expected a working folder that exists, got one that was removed; change to another\n',
    ]);
  });
});

describe('a disk that refuses', () => {
  /** A file system of its own, of a few pages; unshare makes it ours alone. */
  function onTinyDisk(bytes: number, script: string): { code: number | null; text: string } {
    const program = `mount -t tmpfs -o size=${bytes} none "$1" && cd "$1" && exec 2>&1 && ${script}`;
    fs.mkdirSync(at('disk'), { recursive: true });
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', '--map-root-user', 'bash', '-c', program, 'bash', at('disk'), process.execPath, main],
      { encoding: 'utf8' },
    );
    return { code: status, text: stdout + stderr };
  }
  const flags = small.join(' ');

  it('that fills up while training ends in one line; what was saved is whole and goes on when there is room', () => {
    const grow = 'mount -o remount,size=50m "$PWD"';
    const { code, text } = onTinyDisk(
      100_000,
      `"$2" "$3" train copy ${flags} --steps=200 --out=r; echo "exit $?"; ls r/checkpoints; ${grow} && "$2" "$3" resume r --steps=30; echo "exit $?"`,
    );
    expect(code).toBe(0);
    expect(text).toMatch(
      /engram train: r\/.*: expected room on the disk, got ENOSPC; free some space, then go on with .*engram resume\n/,
    );
    expect(text).not.toMatch(/ {4}at /);
    expect(text).toMatch(/exit 1\n[\s\S]*step-\d+[\s\S]*exit 0\n$/);
  });

  it('that is full already is refused before anything begins', () => {
    const { code, text } = onTinyDisk(
      40_000,
      `head -c 100000 /dev/zero > fill; "$2" "$3" train copy ${flags} --steps=2 --out=r; echo "exit $?"; ls`,
    );
    expect(code).toBe(0);
    expect(text).toMatch(
      /engram train: --out: expected room on the disk, got ENOSPC at r; give another folder\nexit 2\nfill\n$/,
    );
  });

  it('because it is mounted read-only is refused', () => {
    const { text } = onTinyDisk(
      40_000,
      `mount -o remount,ro "$PWD" && "$2" "$3" train copy ${flags} --steps=2 --out=r; echo "exit $?"`,
    );
    expect(text).toMatch(
      /engram train: --out: expected a folder that can be written, got EROFS at r; give another folder\nexit 2\n$/,
    );
  });

  it('writing the result is told, and is no success', async () => {
    const full = fs.openSync('/dev/full', 'w');
    const { code, stderr } = await engram(['tasks'], { cwd, stdio: ['ignore', full, 'pipe'] });
    fs.closeSync(full);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^engram: expected to write the result, got ENOSPC/),
    ]);
  });
});
