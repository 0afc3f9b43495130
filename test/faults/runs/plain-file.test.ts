/** Files that change while they are read. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readPlainFile } from '../../../src/runs/plain-file.ts';

/** What happens to the file between the look at its size and the first read. */
const meanwhile = vi.hoisted(() => ({ happens: () => {} }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const fstatSync = (file: number) => {
    const stat = real.fstatSync(file);
    meanwhile.happens();
    return stat;
  };
  return { ...real, fstatSync };
});

let folder: string;
const file = () => join(folder, 'log');
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'engram-plain-'));
  fs.writeFileSync(file(), 'one\n');
});
afterEach(() => {
  meanwhile.happens = () => {};
  fs.rmSync(folder, { recursive: true });
});

it('a file that grows is read as far as it went when it was looked at', () => {
  meanwhile.happens = () => fs.appendFileSync(file(), 'two\n');
  expect(readPlainFile(file(), 'log').toString()).toBe('one\n');
  expect(readPlainFile(file(), 'log').toString()).toBe('one\ntwo\n');
});

it('a file that is cut is read as far as it goes', () => {
  meanwhile.happens = () => fs.truncateSync(file(), 2);
  expect(readPlainFile(file(), 'log').toString()).toBe('on');
});

it.each([
  ['a folder', () => fs.mkdirSync(join(folder, 'other'))],
  ['a device', () => fs.symlinkSync('/dev/zero', join(folder, 'other'))],
])('%s is no file', (what, make) => {
  make();
  expect(() => readPlainFile(join(folder, 'other'), 'log')).toThrow(`expected a file, got ${what}; `);
});
