/** `engram experiment`, by a function call: what it lists, what it tells, and what it refuses. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { trainingDigits } from '../../../src/cli/shell/data.ts';
import { run } from '../../../src/cli/shell/run.ts';
import type { Terminal } from '../../../src/cli/shell/terminal.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'engram-experiment-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

async function said(...argv: string[]): Promise<string> {
  const lines: string[] = [];
  const terminal = {
    live: false,
    columns: undefined,
    width: undefined,
    result: (text: string) => void lines.push(text),
    note: (text: string) => expect.unreachable(text),
    status: () => undefined,
    style: (_: string, text: string) => text,
  } satisfies Terminal;
  await run(['experiment', ...argv], terminal);
  return lines.join('\n');
}

describe('engram experiment', () => {
  it('lists every experiment with its claim', async () => {
    expect(await said('ls')).toMatch(/^fly\.odors +Tags of 2000 cells/m);
    const { schema, experiments } = JSON.parse(await said('ls', '--json'));
    expect(schema).toBe('engram.experiments/1');
    expect(experiments.map(({ id }: { id: string }) => id)).toContain('boltzmann.kl');
  });

  it('runs one, tells each number with its bounds, and draws it into a new file', async () => {
    const svg = join(folder, 'odors.svg');
    const told = await said('run', 'fly.odors', '--seed', '3', '--svg', svg);
    expect(told).toMatch(/^pass +1 +at least 1 +overlap of an odor with itself$/m);
    expect(told).toMatch(/^seed 3, [\d.]+ s$/m);
    expect(fs.readFileSync(svg, 'utf8')).toMatch(/^<svg /);
    await expect(said('run', 'fly.odors', '--svg', svg)).rejects.toThrow('--svg: expected a new file');
    const document = JSON.parse(await said('run', 'fly.odors', '--seed', '3', '--json'));
    expect(document).toMatchObject({ schema: 'engram.experiment/1', id: 'fly.odors', seed: 3, pass: true });
    expect(document.checks[0]).toEqual({
      name: 'overlap of an odor with itself',
      measured: 1,
      expected: 'at least 1',
      pass: true,
    });
  });

  it('refuses in one line', async () => {
    await expect(said('run', 'fly.odor')).rejects.toThrow(
      'expected a name of an experiment, got fly.odor; did you mean fly.odors?',
    );
    await expect(said('run')).rejects.toThrow('expected ls, or run and an experiment, got run');
    await expect(said('fly.odors')).rejects.toThrow('expected ls, or run and an experiment');
    await expect(said('run', 'fly.odors', '--seed', '1.5')).rejects.toThrow(
      '--seed: expected a whole number',
    );
  });
});

describe('digits', () => {
  const idx = (magic: number, sizes: number[], body: number[]) => {
    const bytes = new Uint8Array(4 * (sizes.length + 1) + body.length);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of [magic, ...sizes].entries()) view.setUint32(4 * i, value);
    bytes.set(body, 4 * (sizes.length + 1));
    return bytes;
  };
  const write = (images: Uint8Array, labels: Uint8Array) => {
    const home = fs.mkdtempSync(join(folder, 'mnist-'));
    fs.mkdirSync(join(home, 'data'));
    fs.writeFileSync(join(home, 'data/train-images-idx3-ubyte'), images);
    fs.writeFileSync(join(home, 'data/train-labels-idx1-ubyte'), labels);
    return home;
  };
  const labels = idx(2049, [2], [7, 9]);

  it('are read as they were published', () => {
    const digits = trainingDigits(write(idx(2051, [2, 1, 3], [1, 2, 3, 4, 5, 6]), labels));
    expect(digits).toEqual({
      count: 2,
      pixels: 3,
      images: Uint8Array.of(1, 2, 3, 4, 5, 6),
      labels: Uint8Array.of(7, 9),
    });
  });

  it('are refused where they are others or cut short', () => {
    expect(() => trainingDigits(write(idx(2049, [2, 1, 3], [1, 2, 3, 4, 5, 6]), labels))).toThrow(
      'expected an IDX file that begins with 2051, got 2049',
    );
    expect(() => trainingDigits(write(new Uint8Array(3), labels))).toThrow('begins with 2051, got undefined');
    expect(() => trainingDigits(write(idx(2051, [2, 1, 3], [1, 2, 3, 4, 5]), labels))).toThrow('cut short');
  });
});
