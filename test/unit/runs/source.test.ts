import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CheckpointError, UsageError } from '../../../src/core/errors.ts';
import {
  changedOriginals,
  checkCopy,
  copyOf,
  copySource,
  hashesOf,
  readSource,
  refuseStrangers,
  trust,
} from '../../../src/runs/source.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'engram-source-'));
  vi.stubEnv('XDG_STATE_HOME', join(folder, 'state'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.writeFileSync(path, text);
  return path;
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const run = () => join(folder, 'run');

describe('the files of a source', () => {
  it('are known by their paths from the folder that is common to them', () => {
    const one = readSource([write('a/my-cell.ts', 'one')]);
    expect([one.root, hashesOf(one)]).toEqual([join(folder, 'a'), { 'my-cell.ts': sha256('one') }]);
    const paths = [write('a/b/cell.ts', 'cell'), write('a/lib/part.ts', 'part'), write('a/bc/x.ts', 'x')];
    const several = readSource(paths);
    expect(several.root).toBe(join(folder, 'a'));
    expect(hashesOf(several)).toEqual({
      'b/cell.ts': sha256('cell'),
      'bc/x.ts': sha256('x'),
      'lib/part.ts': sha256('part'),
    });
  });

  it('lie in the run as they lay, and those before them are kept', () => {
    fs.mkdirSync(run());
    copySource(run(), readSource([write('a/b/cell.ts', 'old'), write('a/part.ts', 'part')]));
    expect(fs.readFileSync(join(run(), 'source/b/cell.ts'), 'utf8')).toBe('old');
    copySource(run(), readSource([write('a/cell.ts', 'new')]));
    // The second time as after a kill: the code is there, and config.json does not say so.
    for (let i = 0; i < 2; i++) copySource(run(), readSource([write('a/cell.ts', 'newer')]));
    expect(fs.readdirSync(run()).sort()).toEqual(['source', 'source-2', 'source-3']);
    expect(fs.readFileSync(join(run(), 'source-3/cell.ts'), 'utf8')).toBe('newer');
    expect(fs.readFileSync(join(run(), 'source/part.ts'), 'utf8')).toBe('part');
    // Which of them is the run's is told by the hashes.
    const place = (text: string) => copyOf(run(), { files: { 'cell.ts': sha256(text) } }, 'cell.ts');
    expect([place('new'), place('newer')]).toEqual([
      join(run(), 'source-2/cell.ts'),
      join(run(), 'source-3/cell.ts'),
    ]);
  });

  it('are told where they have changed since, and not where they are gone', () => {
    const [cell, part] = [write('a/cell.ts', 'cell'), write('a/part.ts', 'part')];
    const source = readSource([cell, part]);
    const stored = { files: hashesOf(source) };
    expect(changedOriginals(source.root, stored)).toEqual([]);
    fs.writeFileSync(cell, 'other');
    fs.rmSync(part);
    expect(changedOriginals(source.root, stored)).toEqual([cell]);
  });
});

describe('the copy in a run', () => {
  const stored = () => {
    const source = readSource([write('a/cell.ts', 'cell'), write('a/lib/part.ts', 'part')]);
    fs.mkdirSync(run(), { recursive: true });
    copySource(run(), source);
    return { files: hashesOf(source) };
  };

  it('is taken as it was', () => {
    expect(() => checkCopy(run(), stored())).not.toThrow();
  });

  it.each<[what: string, damage: () => void, told: RegExp]>([
    [
      'changed',
      () => fs.appendFileSync(join(run(), 'source/cell.ts'), ' '),
      /source\/cell\.ts: expected sha256 \w{12}, got sha256 \w{12};/,
    ],
    [
      'gone',
      () => fs.rmSync(join(run(), 'source/lib/part.ts')),
      /lib\/part\.ts: expected sha256 \w{12}, got no such file;/,
    ],
    [
      'more',
      () => fs.writeFileSync(join(run(), 'source/lib/index.js'), ''),
      /lib\/index\.js: expected no such file, got sha256/,
    ],
    [
      'nowhere',
      () => fs.rmSync(join(run(), 'source'), { recursive: true }),
      /cell\.ts: expected sha256 \w{12}, got no such file/,
    ],
  ])('is refused where it is %s', (_, damage, told) => {
    const source = stored();
    damage();
    expect(() => checkCopy(run(), source)).toThrow(CheckpointError);
    expect(() => checkCopy(run(), source)).toThrow(told);
  });

  it('is refused where its files are said to lie outside', () => {
    write('a/secret.ts', 'secret');
    const files = { '../../a/secret.ts': sha256('secret') };
    expect(() => checkCopy(run(), { files })).toThrow(/expected sha256 \w{12}, got no such file/);
  });
});

describe('trust', () => {
  const files = { 'my-cell.ts': sha256('mine') };

  it('is given to bytes that were run before, whichever run they are in', () => {
    expect(() => refuseStrangers(run(), { files })).toThrow(UsageError);
    expect(() => refuseStrangers(run(), { files })).toThrow(
      /read .*run\/source\/my-cell\.ts, then run it with --trust-source/,
    );
    expect(trust(files)).toBeUndefined();
    expect(() => refuseStrangers(run(), { files })).not.toThrow();
    expect(() => refuseStrangers(join(folder, 'moved'), { files: { ...files } })).not.toThrow();
  });

  it('is not given to other bytes, other names, or beside packages in the run', () => {
    trust(files);
    for (const other of [
      { 'my-cell.ts': sha256('theirs') },
      { 'other.ts': sha256('mine') },
      { ...files, 'b.ts': sha256('mine') },
    ])
      expect(() => refuseStrangers(run(), { files: other })).toThrow(/may be a stranger's/);
    fs.mkdirSync(join(run(), 'node_modules'), { recursive: true });
    expect(() => refuseStrangers(run(), { files })).toThrow(/may be a stranger's/);
  });

  it('that cannot be noted is told in one line', () => {
    vi.stubEnv('XDG_STATE_HOME', write('a-file', ''));
    expect(trust(files)).toMatch(
      /^.*: expected to note that this code is yours, got \w+; go on later with --trust-source$/,
    );
  });
});
