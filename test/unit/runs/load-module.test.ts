import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as kit from '../../../src/cell.ts';
import { UsageError } from '../../../src/core/errors.ts';
import * as tf from '../../../src/core/tf.ts';
import { loadModules } from '../../../src/runs/load-module.ts';

const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'engram-load-')));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const modules = { 'engram/cell': kit, '@tensorflow/tfjs-core': tf };

/** Writes a file and returns its path. */
function write(name: string, text: string): string {
  const path = join(folder, name);
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.writeFileSync(path, text);
  return path;
}
const load = (name: string, text: string) => {
  const path = write(name, text);
  return loadModules([path], modules).exports.get(path)!;
};
const message = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('expected a refusal, got none');
};

const kinds: Readonly<Record<string, string>> = {
  'a.ts':
    "import { tf, type Cell } from 'engram/cell'; export const got: unknown = tf as unknown; export type C = Cell;",
  'a.mts': "import { tf } from 'engram/cell'; enum E { A = 3 }; export const got = E.A === 3 ? tf : null;",
  'a.js': "import { tf } from 'engram/cell'; export const got = tf;",
  'a.mjs': "import * as kit from 'engram/cell'; export const got = kit.tf;",
  'common.js': "exports.got = require('engram/cell').tf;",
  'a.cjs': "module.exports = { got: require('engram/cell').tf };",
  'module/a.js': "export { tf as got } from 'engram/cell';",
  'direct.ts':
    "export { tf as got } from 'engram/cell'; import * as own from '@tensorflow/tfjs-core'; export const same = own.add;",
};
beforeAll(() => {
  write('module/package.json', '{"type": "module"}');
});

describe('a loaded file', () => {
  it.each(Object.entries(kinds))('has the running TensorFlow.js (%s)', (name, text) => {
    expect(load(name, text).got).toBe(kit.tf);
  });

  it('has it by the name of the package too', () => {
    expect(load('direct.ts', kinds['direct.ts']!).same).toBe(tf.add);
  });

  it('finds what it imports beside it, and all of that is listed', () => {
    write(
      'parts/b.ts',
      "import data from './c.json'; export const b: number = data.c; export { d } from './d.cjs';",
    );
    write('parts/c.json', '{"c": 4}');
    write('parts/d.cjs', 'exports.d = 5;');
    const path = write('parts.ts', "import { b, d } from './parts/b.js'; export const sum = b + d;");
    const { exports, files } = loadModules([path], modules);
    expect(exports.get(path)!.sum).toBe(9);
    expect([...files].sort()).toEqual(
      ['parts.ts', 'parts/b.ts', 'parts/c.json', 'parts/d.cjs'].map((n) => join(folder, n)),
    );
  });

  it('leaves a package that is installed beside it to those who load it later', () => {
    const library = 'node_modules/@tensorflow/tfjs';
    write(`${library}/index.js`, "exports.name = 'installed';");
    write(`${library}/package.json`, '{"name": "@tensorflow/tfjs", "main": "index.js"}');
    write('plain/second.cjs', "exports.name = require('@tensorflow/tfjs').name;");
    const path = write('plain/first.ts', "export { name } from './second.cjs';");
    const lent = { ...modules, '@tensorflow/tfjs': { name: 'running' } };
    expect(loadModules([path], lent).exports.get(path)!.name).toBe('running');
    expect(createRequire(path)('@tensorflow/tfjs').name).toBe('installed');
    fs.rmSync(join(folder, 'node_modules'), { recursive: true });
  });

  it('is read anew by another call, and once by one', () => {
    const path = write(
      'count.ts',
      'const all = globalThis as { count?: number }; all.count = (all.count ?? 0) + 1; export const n = all.count;',
    );
    expect(loadModules([path, path], modules).exports.get(path)!.n).toBe(1);
    const other = write('other.ts', "export { n } from './count.ts';");
    const { exports } = loadModules([path, other], modules);
    expect([path, other].map((p) => exports.get(p)!.n)).toEqual([2, 2]);
  });
});

describe('a file that cannot be loaded', () => {
  it.each<[name: string, text: string, RegExp]>([
    [
      'syntax.ts',
      'export const x: number = 1;\n\nexport const y = = 3;\n',
      /syntax\.ts:3: expected code that can be read, got a syntax error: Unexpected token;/,
    ],
    ['await.ts', '\nexport const x = await Promise.resolve(3);\n', /await\.ts:2: .*await is only valid/],
    [
      'throws.ts',
      '\n\nexport const x = (undefined as never as string[]).map(String);\n',
      /throws\.ts:3: .*got TypeError: Cannot read properties of undefined/,
    ],
    ['thrown.ts', "throw 'a text';\n", /thrown\.ts: .*got a thrown string: a text/],
    [
      'beside.ts',
      "\nimport { x } from './thorws.ts';\nexport const y = x;\n",
      /beside\.ts:2: expected a module, got \.\/thorws\.ts, which is not there; did you mean throws\.ts\?/,
    ],
    [
      'package.ts',
      "import { x } from 'no-such-package-here';\nexport const y = x;\n",
      /package\.ts:1: .*no-such-package-here, which is not installed; run npm install no-such-package-here/,
    ],
    [
      'kit.ts',
      "\nimport { nothing } from 'engram/cell';\nexport const y = nothing(3);\n",
      /kit\.ts:3: .*nothing.* is not a function/,
    ],
    ['within.ts', "import './throws.ts';\n", /throws\.ts:3: /],
    ['cell.py', 'x = 1', /cell\.py: expected a file of TypeScript or JavaScript/],
  ])('is told with its line (%s)', (name, text, expected) => {
    const told = message(() => load(name, text));
    expect(told).toMatch(expected);
    expect(told).not.toContain('\n');
  });

  it('is told with the name that may be meant', () => {
    expect(message(() => loadModules([join(folder, 'throsw.ts')], modules))).toMatch(
      /no such file; did you mean throws\.ts\?/,
    );
    expect(message(() => loadModules([join(folder, 'throws')], modules))).toMatch(
      /did you mean throws\.ts\?/,
    );
  });

  it('never means the name that was given', () => {
    fs.mkdirSync(join(folder, 'folder-of-cells.ts'));
    expect(message(() => loadModules([join(folder, 'folder-of-cells.ts')], modules))).toMatch(
      /folder-of-cells\.ts: expected a file, got a folder; check the path/,
    );
  });
});
