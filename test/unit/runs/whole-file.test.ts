import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  clearTemporaries,
  isTemporary,
  removeWhole,
  replaceFile,
  temporaryIn,
} from '../../../src/runs/whole-file.ts';

let folder: string;
const at = (...path: string[]) => join(folder, ...path);
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'engram-whole-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('a file that is replaced', () => {
  it('is there with its new content, and nothing beside it', () => {
    for (const text of ['one', 'two']) {
      replaceFile(at('file'), text);
      expect(fs.readFileSync(at('file'), 'utf8')).toBe(text);
      expect(fs.readdirSync(folder)).toEqual(['file']);
    }
  });

  it('is so without a wait for the disk, too', () => {
    for (const text of ['one', 'two']) {
      replaceFile(at('file'), text, { synced: false });
      expect(fs.readFileSync(at('file'), 'utf8')).toBe(text);
      expect(fs.readdirSync(folder)).toEqual(['file']);
    }
  });

  it('is not written through a link in its place', () => {
    fs.writeFileSync(at('precious'), 'precious');
    fs.symlinkSync('precious', at('file'));
    replaceFile(at('file'), 'new');
    expect(fs.readFileSync(at('precious'), 'utf8')).toBe('precious');
    expect(fs.lstatSync(at('file')).isFile()).toBe(true);
  });

  it('stays as it was where that fails, and nothing is left beside it', () => {
    fs.mkdirSync(at('file', 'inside'), { recursive: true });
    expect(() => replaceFile(at('file'), 'new')).toThrow();
    expect(fs.readdirSync(folder)).toEqual(['file']);
  });
});

describe('temporary names', () => {
  it('are in the folder, known as such, and never the same', () => {
    const names = Array.from({ length: 100 }, () => temporaryIn(folder));
    expect(new Set(names).size).toBe(100);
    for (const name of names) expect(isTemporary(name.slice(folder.length + 1))).toBe(true);
  });

  it('are cleared away with all that is in them, links not followed, and nothing else is', () => {
    fs.mkdirSync(at('mine'));
    fs.writeFileSync(at('mine', 'precious'), '');
    fs.mkdirSync(join(temporaryIn(folder), 'deep'), { recursive: true });
    fs.writeFileSync(temporaryIn(folder), '');
    fs.symlinkSync(at('mine'), temporaryIn(folder));
    clearTemporaries(folder);
    expect(fs.readdirSync(folder, { recursive: true }).sort()).toEqual(['mine', 'mine/precious']);
  });

  it('are what is removed has until it is gone', () => {
    fs.mkdirSync(at('whole', 'deep'), { recursive: true });
    removeWhole(at('whole'));
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
