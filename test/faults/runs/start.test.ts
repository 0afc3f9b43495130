import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CheckpointError, UsageError } from '../../../src/core/errors.ts';
import { openRun } from '../../../src/runs/folder.ts';
import { beginRun, type ClaimedFolder, claimFolder } from '../../../src/runs/start.ts';
import { configSchema } from '../../../src/train/config.ts';

/** What the disk does instead of calls that change it, which are counted. */
const disk = vi.hoisted(() => ({ calls: 0, instead: undefined as ((call: number) => void) | undefined }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const watched = ['mkdirSync', 'openSync', 'writeFileSync', 'renameSync', 'rmSync', 'rmdirSync'] as const;
  const wrap = (name: (typeof watched)[number]) => {
    const call = real[name] as (...given: unknown[]) => unknown;
    return (...given: unknown[]) => {
      disk.instead?.(++disk.calls);
      return call(...given);
    };
  };
  return {
    ...real,
    fsyncSync: () => undefined,
    ...Object.fromEntries(watched.map((name) => [name, wrap(name)])),
  };
});

let top: string;
const { pid } = process;
beforeEach(() => {
  top = fs.mkdtempSync(join(tmpdir(), 'engram-start-'));
});
afterEach(() => {
  disk.instead = undefined;
  Object.defineProperty(process, 'pid', { value: pid, configurable: true });
  fs.rmSync(top, { recursive: true, force: true });
});

const source = { cell: 'a.ts', files: {} };
const config = configSchema.parse({
  task: { name: 'copy' },
  cell: { name: 'ntm' },
  optimizer: { name: 'adam' },
  source,
});
const meta = {
  schema: 'engram.run/1' as const,
  created: '2026-01-01T00:00:00.000Z',
  argv: ['train'],
  seed: 1,
  engine: 'compiled' as const,
  backend: 'cpu' as const,
  simd: true,
  relaxedSimd: true,
  versions: { engram: '0.1.0' },
  machine: 'one',
};
const parts = {
  config,
  meta,
  source: { root: '/', contents: new Map([['lib/a.ts', new TextEncoder().encode('a cell')]]) },
  besides: (path: string) => fs.writeFileSync(join(path, 'init.safetensors'), 'weights'),
};

async function begin(path: string): Promise<ClaimedFolder> {
  const folder = await claimFolder(path, config);
  try {
    beginRun(folder, parts);
  } catch (error) {
    folder.abandon();
    throw error;
  }
  return folder;
}

async function start(path: string): Promise<void> {
  (await begin(path)).lock.release();
}

/** A process that dies at its n-th call: every later call fails too. Whether it came that far. */
async function dieAt(n: number, path: string): Promise<boolean> {
  disk.calls = 0;
  // Beyond what Linux numbers processes by: nobody has it.
  Object.defineProperty(process, 'pid', { value: 2 ** 22 + 1, configurable: true });
  disk.instead = (call) => {
    if (call >= n) throw new Error('killed');
  };
  const died = await start(path).then(
    () => false,
    () => true,
  );
  disk.instead = undefined;
  Object.defineProperty(process, 'pid', { value: pid, configurable: true });
  return died;
}

const whole = ['config.json', 'init.safetensors', 'meta.json', 'source'];

describe('a start that is killed at any call that changes the disk', () => {
  it('leaves a run that is whole or none, and the next start in its place leaves nothing of it', async () => {
    let died = true;
    let n = 0;
    for (; died; ) {
      n++;
      const path = join(top, `at-${n}`, 'run');
      died = await dieAt(n, path);
      if (fs.existsSync(join(path, 'config.json'))) {
        expect(openRun(path).config).toEqual(config);
        await expect(claimFolder(path, config)).rejects.toThrow(`go on with: engram resume ${path}`);
      } else {
        expect(() => openRun(path), `killed at call ${n}`).toThrow(CheckpointError);
        await start(path);
      }
      const names = fs.readdirSync(path).filter((name) => name !== 'lock');
      expect(names.sort(), `killed at call ${n}`).toEqual(whole);
      expect(fs.readFileSync(join(path, 'source', 'lib', 'a.ts'), 'utf8')).toBe('a cell');
    }
    expect(n).toBeGreaterThan(10);
  });

  it('is told for what it is where a run is asked for', async () => {
    const path = join(top, 'run');
    await dieAt(12, path);
    expect(fs.readdirSync(path)).not.toContain('config.json');
    expect(fs.readdirSync(path).length).toBeGreaterThan(1);
    expect(() => openRun(path)).toThrow(
      `expected a run, got ${path}, whose start was cut short before it trained; begin it again: engram train ... --out ${path}`,
    );
  });

  it('is cleared away from the folder of runs by the next that is named there', async () => {
    const before = process.cwd();
    process.chdir(top);
    try {
      await dieAt(12, join('runs', 'old'));
      fs.mkdirSync(join('runs', 'mine'));
      fs.writeFileSync(join('runs', 'mine', 'meta.json'), '{}');
      const folder = await claimFolder(undefined, config);
      expect(fs.readdirSync('runs').sort()).toEqual([folder.path.split('/').at(-1), 'mine'].sort());
      folder.abandon();
      expect(fs.readdirSync('runs')).toEqual(['mine']);
    } finally {
      process.chdir(before);
    }
  });
});

describe("a person's folder", () => {
  const dead = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: null });
  it.each([
    ['files of these names and no lock', { 'meta.json': '{}', source: undefined }],
    ['a lock that is not ours', { lock: 'mine', 'meta.json': '{}' }],
    ['more than a start writes', { lock: dead, 'meta.json': '{}', 'notes.txt': 'precious' }],
    ['a folder where a start has a file', { lock: dead, 'meta.json': undefined }],
    ['a checkpoint', { lock: dead, checkpoints: undefined }],
  ])('with %s is refused, and left as it is', async (_, files) => {
    for (const [name, text] of Object.entries(files))
      if (text === undefined) fs.mkdirSync(join(top, name));
      else fs.writeFileSync(join(top, name), text);
    await expect(claimFolder(top, config)).rejects.toThrow(UsageError);
    expect(fs.readdirSync(top).sort()).toEqual(Object.keys(files).sort());
  });

  it('with a link of such a name is refused, and nothing is followed', async () => {
    const elsewhere = join(top, 'elsewhere');
    fs.mkdirSync(elsewhere);
    fs.writeFileSync(join(elsewhere, 'precious'), '');
    const path = join(top, 'run');
    fs.mkdirSync(path);
    fs.writeFileSync(join(path, 'lock'), dead);
    fs.symlinkSync(elsewhere, join(path, 'source'));
    await expect(claimFolder(path, config)).rejects.toThrow(UsageError);
    expect(fs.readdirSync(elsewhere)).toEqual(['precious']);
  });

  it('that a live process begins a run in is refused', async () => {
    const { lock: held, abandon } = await claimFolder(join(top, 'run'), config);
    await expect(claimFolder(join(top, 'run'), config)).rejects.toThrow(`in use by process ${pid}`);
    held.release();
    abandon();
    expect(fs.existsSync(join(top, 'run'))).toBe(false);
  });
});

describe('a disk that refuses while a run begins', () => {
  it('leaves nothing behind', async () => {
    for (let n = 1, refused = true; refused; n++) {
      disk.calls = 0;
      disk.instead = (call) => {
        if (call === n) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      };
      const path = join(top, `at-${n}`, 'run');
      const error = await begin(path).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      disk.instead = undefined;
      refused = error !== undefined;
      if (!refused) continue;
      expect(error, `refused at call ${n}`).toBeInstanceOf(UsageError);
      expect(fs.existsSync(join(top, `at-${n}`)), `refused at call ${n}`).toBe(false);
    }
  });
});
