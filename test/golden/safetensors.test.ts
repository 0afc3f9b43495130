/** Our safetensors files are Python's, byte for byte; its files are written by safetensors/write.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NamedArrays } from '../../src/core/contracts.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/runs/safetensors.ts';

const python = (name: string) => new Uint8Array(readFileSync(new URL(`expected/${name}`, import.meta.url)));
const counting = (length: number, value = (i: number) => i) =>
  Float32Array.from({ length }, (_, i) => value(i));

const arrays: NamedArrays = {
  'params.readout.kernel': { shape: [2, 3], data: counting(6, (i) => i / 8 - 0.25) },
  'params.cell.bias': { shape: [5], data: Float32Array.of(0, -0, 1e-45, -3.5, 3.4028234663852886e38) },
  'params.cell.heads.0.kernel': { shape: [2, 3, 4], data: counting(24) },
  'optimizer.step': { shape: [], data: Float32Array.of(12345) },
  empty: { shape: [0, 4], data: new Float32Array(0) },
  'odd "name" \\ ü': { shape: [1], data: Float32Array.of(Number.POSITIVE_INFINITY) },
};

const cases: [file: string, arrays: NamedArrays, metadata: Record<string, string>][] = [
  ['with-metadata.safetensors', arrays, { format: 'engram' }],
  ['plain.safetensors', { x: { shape: [2], data: Float32Array.of(1.5, -2) } }, {}],
];

describe.each(cases)('%s', (file, expected, metadata) => {
  it('is what we write', () => {
    expect(Buffer.compare(encodeSafetensors(expected, metadata), python(file))).toBe(0);
  });

  it('is read, to the sign of zero', () => {
    const read = decodeSafetensors(python(file), file);
    expect(read.arrays).toEqual(expected);
    expect(read.metadata).toEqual(metadata);
  });
});
