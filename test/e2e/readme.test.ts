/** What README.md shows is run as it stands there, by the built package under its own name. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/core/backend.ts';
import * as tf from '../../src/core/tf.ts';
import { bare, workFolder } from './engram.ts';

const root = join(import.meta.dirname, '../..');
const readme = fs.readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
const folder = workFolder('readme');
afterAll(folder.remove);

describe('README.md', () => {
  it('has the code that is run here', () => {
    expect(blocks).toHaveLength(2);
  });

  it('shows how to train with the library', () => {
    fs.mkdirSync(join(folder.path, 'node_modules'));
    fs.symlinkSync(root, join(folder.path, 'node_modules', 'engram'), 'dir');
    fs.writeFileSync(join(folder.path, 'example.mjs'), blocks[0]!);
    const env = { ...process.env, ...bare };
    const lines = execFileSync(process.execPath, ['example.mjs'], { cwd: folder.path, env, encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
    const [first, last] = [lines[0]!, lines.at(-1)!];
    expect(last[0]).toBe(500);
    expect(last[1]).toBeLessThan(first[1]!);
    expect(last[1]).toBeGreaterThan(0);
  });

  it('shows a step of a cell that works', async () => {
    await openBackend('cpu');
    const { step } = new Function('tf', `return { ${blocks[1]} }`)(tf);
    const params = { kernel: tf.ones([5, 3]), bias: tf.zeros([3]) };
    const { output, state, probe } = step(params, { h: tf.zeros([4, 3]) }, tf.ones([4, 2]));
    for (const hidden of [output, state.h, probe.hidden]) {
      expect(hidden.shape).toEqual([4, 3]);
      expect(hidden.dataSync()[0]).toBeCloseTo(Math.tanh(2), 5);
    }
  });
});
