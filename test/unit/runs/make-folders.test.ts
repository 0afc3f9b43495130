import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolders } from '../../../src/runs/make-folders.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'engram-folders-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

it('makes a folder and those above it, and notes the new ones from the outermost in', () => {
  fs.mkdirSync(join(folder, 'a'));
  const made: string[] = [];
  makeFolders(join(folder, 'a', 'b', 'c'), made);
  expect(made).toEqual([join(folder, 'a', 'b'), join(folder, 'a', 'b', 'c')]);
  expect(fs.statSync(join(folder, 'a', 'b', 'c')).isDirectory()).toBe(true);
  makeFolders(join(folder, 'a', 'b', 'c'), made);
  expect(made).toHaveLength(2);
});

it('ends where the system denies the folder above, and where a link leads nowhere', () => {
  fs.symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
  expect(() => makeFolders(join(folder, 'link'))).toThrow('EEXIST');
  // Node's own recursive mkdir never returns from this.
  if (fs.existsSync('/proc/self')) expect(() => makeFolders('/proc/engram/a')).toThrow('ENOENT');
  else expect(() => makeFolders(join(folder, 'link', 'a'))).toThrow();
});
