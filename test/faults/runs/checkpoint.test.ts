import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NamedArrays } from '../../../src/core/contracts.ts';
import { CheckpointError } from '../../../src/core/errors.ts';
import {
  bestUsable,
  checkpointSteps,
  loadCheckpoint,
  makeCheckpointFolder,
  newestUsable,
  saveCheckpoint,
} from '../../../src/runs/checkpoint.ts';
import { type Checkpoint, loadWeights } from '../../../src/runs/checkpoint-folder.ts';
import { configHash, configHashes } from '../../../src/runs/config-hash.ts';
import { FormatError } from '../../../src/runs/format.ts';
import { StorageError } from '../../../src/runs/storage.ts';
import { type Config, configSchema } from '../../../src/train/config.ts';
import { freshState } from '../../../src/train/loop.ts';

/** What the disk does to calls: nothing, or something instead of the call. Calls are counted. */
const disk = vi.hoisted(() => ({
  calls: 0,
  instead: undefined as ((call: number, name: string, path: unknown) => void) | undefined,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const watched = [
    ...(['mkdirSync', 'openSync', 'writeFileSync', 'fsyncSync', 'renameSync', 'rmSync'] as const),
    ...(['lstatSync', 'readdirSync', 'readFileSync'] as const),
  ];
  const wrap = (name: (typeof watched)[number]) => {
    const call = real[name] as (...given: unknown[]) => unknown;
    return (...given: unknown[]) => {
      disk.calls++;
      disk.instead?.(disk.calls, name, given[0]);
      // Waiting for the platter shows nothing here and takes most of the time.
      return name === 'fsyncSync' ? undefined : call(...given);
    };
  };
  return { ...real, ...Object.fromEntries(watched.map((name) => [name, wrap(name)])) };
});

let run: string;
beforeEach(() => {
  run = fs.mkdtempSync(join(tmpdir(), 'engram-checkpoint-'));
  makeCheckpointFolder(run);
});
afterEach(() => {
  disk.instead = undefined;
  fs.rmSync(run, { recursive: true, force: true });
});

const config = (change: object = {}): Config =>
  configSchema.parse({
    task: { name: 'copy', maxLength: 5 },
    cell: { name: 'ntm' },
    optimizer: { name: 'adam' },
    ...change,
  });
const hash = configHash(config());

function arraysOf(step: number): NamedArrays {
  return {
    'params.kernel': { shape: [2, 3], data: Float32Array.of(step, 1 / 3, -0, 4, 5, 1e-40) },
    'optimizer.mean': { shape: [6], data: Float32Array.of(1, 2, 3, 4, 5, step) },
    'optimizer.step': { shape: [], data: Float32Array.of(step) },
  };
}

/** A checkpoint, its step evaluated where `bits` are given. */
const checkpointAt = (step: number, bits?: number): Checkpoint => ({
  arrays: arraysOf(step),
  state: {
    ...freshState(7),
    step,
    sequences: 16 * step,
    wallSeconds: step / 3,
    evaluated:
      bits === undefined
        ? null
        : { step, scores: { sequences: 10, bitsPerSequence: bits, exactAccuracy: 0 } },
  },
  configHash: hash,
  versions: { engram: '0.1.0', node: '20' },
});

const save = (step: number, keep = 3, bits?: number) =>
  saveCheckpoint(run, checkpointAt(step, bits), { keep });
const pointers = () => ['last', 'best'].map((name) => fs.readFileSync(join(run, name), 'utf8').trim());
const folders = () => fs.readdirSync(join(run, 'checkpoints')).sort();
const inside = (step: number, file: string) => join(run, 'checkpoints', `step-${step}`, file);

describe('a checkpoint', () => {
  it('is read back to the bit, by its folder and by its run', () => {
    const path = save(5);
    expect(path).toBe(join(run, 'checkpoints', 'step-5'));
    expect(fs.readdirSync(path).sort()).toEqual([
      'optimizer.safetensors',
      'state.json',
      'weights.safetensors',
    ]);
    const expected = { path, ...checkpointAt(5) };
    expect(loadCheckpoint(path)).toEqual(expected);
    expect(loadCheckpoint(run)).toEqual(expected);
    expect(loadCheckpoint(run, { configHash: hash })).toEqual(expected);
    expect(newestUsable(run, { configHash: hash })).toEqual({ checkpoint: expected, damaged: [] });
  });

  it('has the weights alone in a file of their own', () => {
    const path = save(5);
    const { 'params.kernel': kernel } = arraysOf(5);
    expect(loadWeights(path)).toEqual({ 'params.kernel': kernel });
    expect(loadWeights(join(path, 'weights.safetensors'))).toEqual({ 'params.kernel': kernel });
    expect(() => loadWeights(run)).toThrow(`${run}/weights.safetensors: expected a file, got no such file`);
  });

  it('replaces one of the same step', () => {
    save(5);
    saveCheckpoint(run, { ...checkpointAt(5), versions: { engram: 'later' } }, { keep: 3 });
    expect(loadCheckpoint(run).versions).toEqual({ engram: 'later' });
    expect(folders()).toEqual(['step-5']);
  });

  it('is found as the last by its step, and as the best by the evaluation of its own step', () => {
    save(1);
    expect(pointers()).toEqual(['step-1', 'step-1']);
    save(2, 3, 0.5);
    save(3, 3, 0.7);
    expect(loadCheckpoint(run).state.step).toBe(3);
    expect(loadCheckpoint(run, { which: 'best' }).state.step).toBe(2);
    expect(bestUsable(run, { configHash: hash })).toEqual({
      checkpoint: loadCheckpoint(inside(2, '')),
      damaged: [],
    });
    expect(pointers()).toEqual(['step-3', 'step-2']);
    save(4, 3, 0.5);
    expect(bestUsable(run).checkpoint.state.step).toBe(2);
    save(5, 3, 0.4);
    expect(bestUsable(run).checkpoint.state.step).toBe(5);
  });

  it('is found whatever the files for people say, and resume puts them right', () => {
    save(1, 3, 2);
    save(2, 3, 1);
    for (const name of ['last', 'best']) fs.writeFileSync(join(run, name), 'step-1\n');
    expect(bestUsable(run).checkpoint.state.step).toBe(2);
    expect(pointers()).toEqual(['step-1', 'step-1']);
    expect(newestUsable(run).checkpoint.state.step).toBe(2);
    expect(pointers()).toEqual(['step-2', 'step-2']);
  });

  it('goes when newer ones have come, but never the best', () => {
    save(1, 2, 1);
    for (const step of [2, 3, 10]) save(step, 2);
    expect(checkpointSteps(run)).toEqual([1, 3, 10]);
    save(11, 2, 0.5);
    expect(checkpointSteps(run)).toEqual([10, 11]);
    save(12, 1);
    expect(checkpointSteps(run)).toEqual([11, 12]);
  });

  it('clears away what a killed process left', () => {
    save(1);
    fs.mkdirSync(join(run, 'checkpoints', '.tmp-step-9'));
    save(2);
    expect(folders()).toEqual(['step-1', 'step-2']);
  });
});

describe('the hash of a configuration', () => {
  it('is of what decides the numbers, not of how long or where it runs', () => {
    const same = { budget: { steps: 9 }, checkpoint: { keep: 9 }, engine: 'eager', backend: 'cpu' };
    expect(configHash(config(same))).toBe(hash);
    for (const other of [{ seed: 2 }, { batchSize: 2 }, { optimizer: { name: 'sgd' } }, { logEverySteps: 7 }])
      expect(configHash(config(other))).not.toBe(hash);
  });

  it('does not depend on the order of keys', () => {
    expect(configHash(config({ task: { maxLength: 5, name: 'copy' } }))).toBe(hash);
  });

  it('is that of the contents of code, whatever its files are called and wherever they lie', () => {
    const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
    const source = (files: object, cell = 'a.ts') => configHash(config({ source: { cell, files } }));
    const own = source({ 'a.ts': one, 'lib/b.ts': two });
    expect(own).not.toBe(hash);
    expect(source({ 'cells/x.ts': one, 'b.ts': two }, 'cells/x.ts#leaky')).toBe(own);
    expect(source({ 'a.ts': one, 'lib/b.ts': one })).not.toBe(own);
    expect(source({ 'a.ts': one })).not.toBe(own);
  });

  it('may be that of the code which the run had before', () => {
    const [one, two] = [{ 'a.ts': '1'.repeat(64) }, { 'a.ts': '2'.repeat(64) }];
    const source = (files: object, before?: object[]) => config({ source: { cell: 'a.ts', files, before } });
    expect(configHashes(source(two, [one]))).toEqual([configHash(source(two)), configHash(source(one))]);
    saveCheckpoint(run, { ...checkpointAt(1), configHash: configHash(source(one)) }, { keep: 3 });
    expect(newestUsable(run, { configHash: configHashes(source(two, [one])) }).checkpoint.state.step).toBe(1);
    expect(() => newestUsable(run, { configHash: configHashes(source(two)) })).toThrow(CheckpointError);
  });

  it('that differs is refused, and nothing is set aside', () => {
    save(1);
    const other = configHash(config({ seed: 2 }));
    for (const read of [
      () => loadCheckpoint(run, { configHash: other }),
      () => newestUsable(run, { configHash: other }),
    ]) {
      expect(read).toThrow(CheckpointError);
      expect(read).toThrow(
        `expected a checkpoint of configuration ${other.slice(0, 12)}, got one of ${hash.slice(0, 12)}`,
      );
    }
    expect(folders()).toEqual(['step-1']);
  });
});

type Spoil = (path: (file: string) => string) => void;

const edit = (file: string, change: (bytes: Buffer) => Buffer) =>
  fs.writeFileSync(file, change(fs.readFileSync(file)));
const flip = (at: number) => (bytes: Buffer) => {
  const spoiled = Buffer.from(bytes);
  spoiled[at < 0 ? bytes.length + at : at]! ^= 1;
  return spoiled;
};
/** Changes a file and makes state.json agree with it, as a stranger would who knows how. */
const forge = (path: (file: string) => string, file: string, change: (bytes: Buffer) => Buffer) => {
  edit(path(file), change);
  const bytes = fs.readFileSync(path(file));
  const { sha256: _, ...content } = JSON.parse(fs.readFileSync(path('state.json'), 'utf8'));
  content.files[file] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  const sha256 = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  fs.writeFileSync(path('state.json'), `${JSON.stringify({ ...content, sha256 }, null, 2)}\n`);
};

const damages: [what: string, spoil: Spoil, file: string, says: string][] = [
  [
    'truncated weights',
    (path) => edit(path('weights.safetensors'), (bytes) => bytes.subarray(0, -3)),
    'weights.safetensors',
    'bytes, got',
  ],
  [
    'empty optimizer',
    (path) => fs.writeFileSync(path('optimizer.safetensors'), ''),
    'optimizer.safetensors',
    'got 0;',
  ],
  [
    'a flipped bit in a value',
    (path) => edit(path('weights.safetensors'), flip(-2)),
    'weights.safetensors',
    'got bytes that were changed',
  ],
  [
    'a flipped bit in the optimizer',
    (path) => edit(path('optimizer.safetensors'), flip(-1)),
    'optimizer.safetensors',
    'got bytes that were changed',
  ],
  [
    'a huge header length',
    (path) => edit(path('weights.safetensors'), flip(6)),
    'weights.safetensors',
    'a header length of',
  ],
  [
    'a huge header length, with hashes to match',
    (path) => forge(path, 'weights.safetensors', flip(6)),
    'weights.safetensors',
    'a header length of',
  ],
  [
    'a wrong shape, with hashes to match',
    (path) =>
      forge(path, 'weights.safetensors', (bytes) =>
        Buffer.from(bytes.toString('latin1').replace('[2,3]', '[2,4]'), 'latin1'),
      ),
    'weights.safetensors',
    '32 bytes for "params.kernel" [2,4], got offsets 0 to 24',
  ],
  [
    'missing weights',
    (path) => fs.rmSync(path('weights.safetensors')),
    'weights.safetensors',
    'expected a file, got no such file',
  ],
  [
    'missing state',
    (path) => fs.rmSync(path('state.json')),
    'state.json',
    'expected a file, got no such file',
  ],
  [
    'a state that is not JSON',
    (path) => fs.writeFileSync(path('state.json'), '{"schema": '),
    'state.json',
    'a JSON object',
  ],
  [
    'a state that is a list',
    (path) => fs.writeFileSync(path('state.json'), '[]'),
    'state.json',
    'a JSON object',
  ],
  [
    'a state without its parts',
    (path) => fs.writeFileSync(path('state.json'), '{}'),
    'state.json',
    '(schema: expected engram.checkpoint/1, got nothing)',
  ],
  [
    'a state with another number',
    (path) =>
      edit(path('state.json'), (bytes) =>
        Buffer.from(bytes.toString().replace('"sequences": 32', '"sequences": 33')),
      ),
    'state.json',
    'what its own sha256 says',
  ],
  [
    'a state with another space',
    (path) =>
      edit(path('state.json'), (bytes) =>
        Buffer.from(bytes.toString().replace('\n  "state"', '\n\t"state"')),
      ),
    'state.json',
    'what its own sha256 says',
  ],
  [
    'a state that is a folder',
    (path) => {
      fs.rmSync(path('state.json'));
      fs.mkdirSync(path('state.json'));
    },
    'state.json',
    'expected a file, got a folder',
  ],
];

describe.each(damages)('damage: %s', (_, spoil, file, says) => {
  beforeEach(() => {
    save(1);
    save(2);
    spoil((name) => inside(2, name));
  });

  it('is named with its file in one line', () => {
    const read = () => loadCheckpoint(join(run, 'checkpoints', 'step-2'));
    expect(read).toThrow(CheckpointError);
    expect(read).toThrow(says);
    expect(read).toThrow(/^[^\n]+$/);
    expect(() => loadCheckpoint(run)).toThrow(inside(2, file));
  });

  it('is passed over where the best is looked for, and left as it is', () => {
    const { checkpoint, damaged } = bestUsable(run, { configHash: hash });
    expect(checkpoint).toEqual({ path: join(run, 'checkpoints', 'step-1'), ...checkpointAt(1) });
    expect(damaged).toEqual([expect.stringContaining(inside(2, file))]);
    expect(folders()).toEqual(['step-1', 'step-2']);
  });

  it('is set aside, and the one before it is used', () => {
    const { checkpoint, damaged } = newestUsable(run, { configHash: hash });
    expect(checkpoint).toEqual({ path: join(run, 'checkpoints', 'step-1'), ...checkpointAt(1) });
    expect(damaged).toHaveLength(1);
    expect(damaged[0]).toContain(inside(2, file));
    expect(damaged[0]).toContain(`set aside as ${join(run, 'checkpoints', 'damaged-step-2')}`);
    expect(folders()).toEqual(['damaged-step-2', 'step-1']);
    expect(loadCheckpoint(run)).toEqual(checkpoint);
    expect(newestUsable(run, { configHash: hash }).damaged).toEqual([]);
  });
});

describe('a bit flipped anywhere in state.json', () => {
  it('is found', () => {
    const path = save(3);
    const text = fs.readFileSync(join(path, 'state.json'));
    for (let at = 0; at < text.length; at += 7) {
      fs.writeFileSync(join(path, 'state.json'), flip(at)(text));
      expect(() => loadCheckpoint(path), `byte ${at}`).toThrow(CheckpointError);
    }
  });
});

describe('a run without a usable checkpoint', () => {
  it('is said to have none', () => {
    expect(() => newestUsable(run)).toThrow(`${run}: expected a checkpoint, got none; begin the run again`);
    for (const read of [loadCheckpoint, bestUsable])
      expect(() => read(run)).toThrow(`${run}: expected a checkpoint, got none`);
    expect(() => loadCheckpoint(join(run, 'nowhere'))).toThrow(CheckpointError);
  });

  it('counts all that were damaged, and names the way out in a line', () => {
    for (const step of [1, 2]) fs.rmSync(inside(Number(save(step).at(-1)), 'weights.safetensors'));
    expect(() => newestUsable(run)).toThrow(
      new CheckpointError(
        `${run}: expected a whole checkpoint, got 2 damaged; train again with --config ${run}/config.json (they are set aside as checkpoints/damaged-...)`,
      ),
    );
    expect(folders()).toEqual(['damaged-step-1', 'damaged-step-2']);
    expect(() => newestUsable(run)).toThrow('got none');
  });

  it('sets a second damaged one aside under another name, and the best is the best of the others', () => {
    for (const time of ['first', 'second']) {
      save(1, 3, 2);
      save(2, 3, 1);
      fs.writeFileSync(inside(2, 'weights.safetensors'), time);
      expect(newestUsable(run).checkpoint.state.step).toBe(1);
      expect(pointers()).toEqual(['step-1', 'step-1']);
    }
    expect(folders()).toEqual(['damaged-step-2', 'damaged-step-2-2', 'step-1']);
  });
});

describe('a checkpoint that cannot be read', () => {
  beforeEach(() => {
    save(1, 3, 2);
    save(2, 3, 1);
  });
  /** Refuses what is read under a path. */
  const refuseReading = (code: string, under: string) => {
    disk.instead = (_, name, path) => {
      if (/^(read|lstat|open)/.test(name) && String(path).startsWith(under))
        throw Object.assign(new Error(`${code}: refused`), { code });
    };
  };

  it.each([
    ['EACCES', 'expected permission to read, got EACCES; mend its rights, then try again'],
    ['EIO', 'expected to read it, got EIO; see to the disk, then try again'],
    [
      'EMFILE',
      'expected room for more open files, got EMFILE; allow more with ulimit -n 1024, then try again',
    ],
  ])('(%s) is not damaged: it is told with the cure and left alone', (code, says) => {
    for (const under of [
      '',
      'checkpoints',
      'checkpoints/step-2',
      'checkpoints/step-2/optimizer.safetensors',
    ]) {
      refuseReading(code, join(run, under));
      const reads = [newestUsable, loadCheckpoint, bestUsable, () => loadCheckpoint(inside(2, ''))];
      for (const read of under === '' ? reads.slice(0, 3) : reads) {
        expect(() => read(run), under).toThrow(StorageError);
        expect(() => read(run), under).toThrow(says);
      }
      disk.instead = undefined;
      expect(folders()).toEqual(['step-1', 'step-2']);
      expect(newestUsable(run, { configHash: hash }).checkpoint.state.step).toBe(2);
    }
  });

  it('is not removed to make room: it may be the best', () => {
    refuseReading('EIO', inside(2, ''));
    for (const step of [3, 4, 5]) save(step, 1, 3);
    disk.instead = undefined;
    expect(checkpointSteps(run)).toEqual([1, 2, 5]);
    expect(bestUsable(run).checkpoint.state.step).toBe(2);
    save(6, 1);
    expect(checkpointSteps(run)).toEqual([2, 6]);
  });
});

describe('a checkpoint of a newer format', () => {
  const newer = (version?: string) =>
    edit(inside(2, 'state.json'), (bytes) => {
      const content = JSON.parse(bytes.toString());
      const versions = version === undefined ? undefined : { ...content.versions, engram: version };
      return Buffer.from(JSON.stringify({ ...content, schema: 'engram.checkpoint/2', versions, more: [] }));
    });

  it.each([
    ['0.7.0', 'Engram 0.7.0'],
    ['\u001b[2J', 'a newer Engram'],
    [undefined, 'a newer Engram'],
  ])('is refused by name (%j), and neither set aside nor removed', (version, writer) => {
    save(1);
    save(2);
    newer(version);
    for (const read of [newestUsable, loadCheckpoint, bestUsable]) {
      expect(() => read(run)).toThrow(FormatError);
      expect(() => read(run)).toThrow(
        `${inside(2, 'state.json')}: expected format engram.checkpoint/1 or older, got engram.checkpoint/2, written by ${writer}; use that one or a newer one: npm install engram@latest`,
      );
    }
    for (const step of [3, 4]) save(step, 1);
    expect(folders()).toEqual(['step-2', 'step-4']);
  });
});

/** Fails calls with an error code from the first of this name on. */
const refuse = (code: string, from: string) => {
  let refusing = false;
  disk.instead = (_, name) => {
    refusing ||= name === from;
    if (refusing && name !== 'rmSync') throw Object.assign(new Error(`${code}: refused`), { code });
  };
};

describe('a disk that refuses', () => {
  it.each([
    ['ENOSPC', 'writeFileSync', 'expected room on the disk, got ENOSPC; free some space,'],
    ['ENOSPC', 'fsyncSync', 'expected room on the disk, got ENOSPC; free some space,'],
    ['EDQUOT', 'mkdirSync', 'expected room in the disk quota, got EDQUOT; free some space,'],
    ['EACCES', 'mkdirSync', 'expected permission to write, got EACCES; mend its rights,'],
    ['EROFS', 'openSync', 'expected a file system that can be written, got EROFS; mount it writable,'],
    ['EIO', 'renameSync', 'expected to write it, got EIO; see to the disk,'],
  ])('%s at %s: one line, and the checkpoint before it is intact', (code, from, says) => {
    save(1);
    refuse(code, from);
    let error: unknown;
    try {
      save(2);
    } catch (thrown) {
      error = thrown;
    }
    disk.instead = undefined;
    expect(error).toBeInstanceOf(StorageError);
    expect((error as Error).message).toMatch(/^[^\n]*step-2: [^\n]*, then go on with engram resume$/);
    expect((error as Error).message).toContain(says);
    expect(folders()).toEqual(['step-1']);
    expect(loadCheckpoint(run)).toEqual({ path: join(run, 'checkpoints', 'step-1'), ...checkpointAt(1) });
    save(2);
    expect(loadCheckpoint(run).state.step).toBe(2);
  });

  it('a run that was removed, and does not come back', () => {
    for (const inItsPlace of [false, true]) {
      fs.rmSync(run, { recursive: true });
      if (inItsPlace) fs.mkdirSync(run);
      expect(() => save(1)).toThrow(
        /step-1: expected the folder of the run, got none; it was moved or removed/,
      );
      expect(fs.existsSync(run) ? fs.readdirSync(run) : undefined).toEqual(inItsPlace ? [] : undefined);
      fs.mkdirSync(run, { recursive: true });
    }
  });

  it('a file where the folder should be', () => {
    fs.rmdirSync(join(run, 'checkpoints'));
    fs.writeFileSync(join(run, 'checkpoints'), '');
    expect(() => makeCheckpointFolder(run)).not.toThrow();
    expect(() => save(1)).toThrow(/step-1: expected a folder, got ENOTDIR; move away what is in its place, /);
  });
});

describe('a process killed at any call that changes the disk', () => {
  /** Runs a save that dies at its n-th call: every later call fails too, so nothing is tidied up. */
  function dieAt(n: number, checkpoint: Checkpoint): boolean {
    disk.calls = 0;
    disk.instead = (call) => {
      if (call >= n) throw new Error('killed');
    };
    try {
      saveCheckpoint(run, checkpoint, { keep: 1 });
      return false;
    } catch {
      return true;
    } finally {
      disk.instead = undefined;
    }
  }

  it.each([
    ['another', 2],
    ['the same', 1],
  ])(
    'leaves the old checkpoint or the new one whole, and the best known, writing one of %s step',
    (_, step) => {
      const newer = { ...checkpointAt(step, 1), versions: { engram: 'newer' } };
      const found: string[] = [];
      let n = 0;
      let died = true;
      while (died) {
        n++;
        fs.rmSync(run, { recursive: true, force: true });
        fs.mkdirSync(run);
        makeCheckpointFolder(run);
        save(0, 2, 3);
        save(1, 2, 2);
        died = dieAt(n, newer);
        const evaluated = bestUsable(run, { configHash: hash });
        expect(evaluated.damaged, `killed at call ${n}`).toEqual([]);
        const { checkpoint, damaged } = newestUsable(run, { configHash: hash, keep: 1 });
        expect(damaged, `killed at call ${n}`).toEqual([]);
        const { path: _path, ...content } = checkpoint;
        expect(content).toEqual(content.versions.engram === 'newer' ? newer : checkpointAt(1, 2));
        expect(evaluated.checkpoint.state).toEqual(content.state);
        expect(bestUsable(run, { configHash: hash }).checkpoint).toEqual(checkpoint);
        expect(pointers()).toEqual([`step-${content.state.step}`, `step-${content.state.step}`]);
        expect(fs.readdirSync(run).sort()).toEqual(['best', 'checkpoints', 'last']);
        expect(folders(), `killed at call ${n}`).toEqual([`step-${content.state.step}`]);
        found.push(content.versions.engram!);
        save(3, 1, 0.5);
        expect(folders(), `after call ${n} and a good save`).toEqual(['step-3']);
      }
      expect(n).toBeGreaterThan(15);
      // Old up to some call, new from there on.
      expect(found).toEqual([...found].sort());
      expect(new Set(found).size).toBe(2);
    },
  );
});
