import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CheckpointError, UsageError } from '../../../src/core/errors.ts';
import { FormatError } from '../../../src/runs/format.ts';
import { writeReport } from '../../../src/runs/report-folder.ts';

let folder: string;
const at = (...names: string[]) => join(folder, 'report', ...names);
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'engram-report-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

it('is written, and written anew over an earlier one', () => {
  for (const text of ['one', 'two']) {
    writeReport(at(), { 'index.html': text });
    expect(fs.readFileSync(at('index.html'), 'utf8')).toBe(text);
    expect(fs.readdirSync(at()).sort()).toEqual(['index.html', 'report.json']);
  }
});

it.each([
  ['engram.report/2', FormatError, 'expected format engram.report/1 or older, got engram.report/2'],
  ['another.report/1', UsageError, 'with a report.json of something else in it'],
])('is not written over one of format %s', (schema, kind, message) => {
  fs.mkdirSync(at());
  fs.writeFileSync(at('report.json'), JSON.stringify({ schema }));
  const write = () => writeReport(at(), { 'index.html': 'mine' });
  expect(write).toThrow(kind);
  expect(write).toThrow(message);
  expect(fs.readdirSync(at())).toEqual(['report.json']);
});

it('is not written over what is damaged or something else', () => {
  fs.mkdirSync(at());
  fs.writeFileSync(at('report.json'), 'half a do');
  expect(() => writeReport(at(), {})).toThrow(CheckpointError);
  fs.renameSync(at('report.json'), at('notes.txt'));
  expect(() => writeReport(at(), {})).toThrow('with notes.txt in it; give another folder');
});
