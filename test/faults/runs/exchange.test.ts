/** The code of a run exchanged for another: killed before any call that changes something, it has the one or the other. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeCheckpointFolder, newestUsable, saveCheckpoint } from '../../../src/runs/checkpoint.ts';
import { configHash, configHashes } from '../../../src/runs/config-hash.ts';
import { openRun } from '../../../src/runs/folder.ts';
import { checkCopy, copyOf } from '../../../src/runs/source.ts';
import { goOnWith } from '../../../src/runs/target.ts';
import { configSchema } from '../../../src/train/config.ts';
import { freshState } from '../../../src/train/loop.ts';

/** What the disk does instead of calls that change it, which are counted. */
const disk = vi.hoisted(() => ({ calls: 0, instead: undefined as ((call: number) => void) | undefined }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const watched = ['mkdirSync', 'openSync', 'writeFileSync', 'renameSync', 'rmSync'] as const;
  const wrap = (name: (typeof watched)[number]) => {
    const call = real[name] as (...given: unknown[]) => unknown;
    return (...given: unknown[]) => {
      disk.instead?.(++disk.calls);
      return call(...given);
    };
  };
  return { ...real, fsyncSync: () => {}, ...Object.fromEntries(watched.map((name) => [name, wrap(name)])) };
});

const fixture = join(import.meta.dirname, '../../fixtures/run-0.1.0');
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const filesOf = (text: string) => ({ 'cell.ts': hashOf(text) });
const plain = JSON.parse(fs.readFileSync(join(fixture, 'config.json'), 'utf8'));
const old = configSchema.parse({ ...plain, source: { cell: 'cell.ts', files: filesOf('old') } });
const other = configSchema.parse({
  ...plain,
  source: { cell: 'cell.ts', files: filesOf('new'), before: [filesOf('old')] },
});
const source = { root: '/elsewhere', contents: new Map([['cell.ts', new TextEncoder().encode('new')]]) };

let run: string;
beforeEach(() => {
  run = fs.mkdtempSync(join(tmpdir(), 'engram-exchange-'));
  fs.copyFileSync(join(fixture, 'meta.json'), join(run, 'meta.json'));
  fs.writeFileSync(join(run, 'config.json'), JSON.stringify(old));
  fs.mkdirSync(join(run, 'source'));
  fs.writeFileSync(join(run, 'source/cell.ts'), 'old');
  makeCheckpointFolder(run);
  const arrays = { 'params.a': { shape: [1], data: Float32Array.of(1) } };
  saveCheckpoint(
    run,
    { arrays, state: freshState(1), configHash: configHash(old), versions: {} },
    { keep: 1 },
  );
});
afterEach(() => {
  disk.instead = undefined;
  fs.rmSync(run, { recursive: true, force: true });
});

/** What code a run goes on with, and whether its checkpoint is its own. */
function codeOf(path: string): string {
  const { config } = openRun(path);
  checkCopy(path, config.source!);
  newestUsable(path, { configHash: configHashes(config) });
  return fs.readFileSync(copyOf(path, config.source!, 'cell.ts'), 'utf8');
}

it('code is exchanged at once, wherever a kill comes', () => {
  const found: string[] = [];
  for (let kill = 1, killed = true; killed; kill++) {
    const path = `${run}-${kill}`;
    fs.cpSync(run, path, { recursive: true });
    const opened = openRun(path);
    killed = false;
    Object.assign(disk, {
      calls: 0,
      instead: (call: number) => {
        if (call < kill) return;
        killed = true;
        throw new Error('killed');
      },
    });
    try {
      goOnWith(opened, other, source);
    } catch (error) {
      expect((error as Error).message).toBe('killed');
    }
    disk.instead = undefined;
    found.push(codeOf(path));
    // Once more, and it is done; what the killed process left is cleared away.
    goOnWith(openRun(path), other, source);
    expect(codeOf(path)).toBe('new');
    expect(fs.readdirSync(path).sort()).toEqual([
      ...['best', 'checkpoints', 'config.json', 'last', 'meta.json', 'source', 'source-2'],
    ]);
    fs.rmSync(path, { recursive: true });
  }
  expect(found.length).toBeGreaterThan(10);
  expect(found.slice(0, -1).every((code) => code === 'old')).toBe(true);
  expect(found.at(-1)).toBe('new');
});
