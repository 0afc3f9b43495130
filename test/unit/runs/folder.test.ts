import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/core/errors.ts';
import { openRun } from '../../../src/runs/folder.ts';

const fixture = join(import.meta.dirname, '../../fixtures/run-0.1.0');
let run: string;
beforeEach(() => {
  run = fs.mkdtempSync(join(tmpdir(), 'engram-folder-'));
  fs.cpSync(fixture, run, { recursive: true });
});
afterEach(() => fs.rmSync(run, { recursive: true, force: true }));

type Document = Record<string, unknown>;
function changed(name: string, change: (content: Document) => unknown): void {
  const file = join(run, name);
  fs.writeFileSync(file, JSON.stringify(change(JSON.parse(fs.readFileSync(file, 'utf8')))));
}

describe('a run', () => {
  it('is opened with what made it', () => {
    const { path, config, meta } = openRun(run);
    expect([path, config.cell.name, meta.engine, meta.versions.engram]).toEqual([
      run,
      'lstm',
      'compiled',
      '0.1.0',
    ]);
  });

  it.each<[string, (content: Document) => unknown, string]>([
    ['meta.json', (meta) => ({ ...meta, extra: 1 }), 'expected a known setting, got extra'],
    ['meta.json', (meta) => ({ ...meta, machine: undefined }), 'machine: expected text, got nothing'],
    ['meta.json', (meta) => ({ ...meta, backend: 'x' }), 'backend: expected one of tensorflow, wasm, cpu'],
    ['meta.json', () => null, 'expected named settings, got null'],
    ['config.json', (config) => ({ ...config, extra: 1 }), 'expected a known setting, got extra'],
    ['config.json', (config) => ({ ...config, seed: 'x' }), 'seed: expected a finite number, got "x"'],
  ])('whose %s is another is refused, and what is wrong with it is told', (name, change, wrong) => {
    changed(name, change);
    expect(() => openRun(run)).toThrow(CheckpointError);
    expect(() => openRun(run)).toThrow(`${join(run, name)}: expected `);
    expect(() => openRun(run)).toThrow(wrong);
    expect(() => openRun(run)).toThrow('; the run cannot be used');
  });
});
