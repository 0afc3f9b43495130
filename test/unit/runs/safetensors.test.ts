import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/core/errors.ts';
import { decodeSafetensors, encodeSafetensors, readShapes } from '../../../src/runs/safetensors.ts';

/** A file with this header, as text or to be made JSON, and so many bytes of values. */
function file(header: unknown, valueBytes = 0, headerLength?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + valueBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (shape: unknown, offsets: unknown, dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets: offsets,
});

describe('a file of ours', () => {
  const bytes = encodeSafetensors({
    b: { shape: [2], data: Float32Array.of(1, 2) },
    a: { shape: [1, 1], data: Float32Array.of(-7) },
  });

  it('has its header padded to eight bytes and arrays in order of name', () => {
    const view = new DataView(bytes.buffer);
    const length = Number(view.getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(bytes.length).toBe(8 + length + 12);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(header.trimEnd()).toBe(
      '{"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}',
    );
    expect([view.getFloat32(8 + length, true), view.getFloat32(12 + length, true)]).toEqual([-7, 1]);
  });

  it('is read wherever it lies in a larger buffer', () => {
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    const { arrays } = decodeSafetensors(larger.subarray(3), 'x');
    expect(arrays.b!.data).toEqual(Float32Array.of(1, 2));
  });

  it('cannot hold an array whose values do not fill its shape', () => {
    expect(() => encodeSafetensors({ x: { shape: [3], data: new Float32Array(2) } })).toThrow(
      'x [3] holds 2 values',
    );
  });
});

describe('a stranger’s file is refused in one line', () => {
  const two = { a: entry([1], [0, 4]), b: entry([1], [4, 8]) };
  it.each<[what: string, bytes: Uint8Array, message: string]>([
    ['empty', new Uint8Array(0), 'a file of 0 bytes'],
    ['shorter than a length', new Uint8Array(7), 'a file of 7 bytes'],
    ['header longer than the file', file({}, 0, 3n), 'a header of at most 2 bytes, got a header length of 3'],
    ['huge header length', file({}, 0, 2n ** 64n - 1n), 'a header length of 18446744073709551615'],
    ['header cut short', file(two, 8, 20n), 'a JSON object as header'],
    ['not JSON', file('{"a": nonsense}'), 'a JSON object as header'],
    ['not UTF-8', file('').fill(0xff, 8), 'a JSON object as header'],
    ['a list', file([]), 'a JSON object as header'],
    ['null', file('null'), 'a JSON object as header'],
    ['an entry that is no object', file({ a: 3 }), 'a description of "a", got 3'],
    ['another dtype', file({ a: entry([1], [0, 2], 'F16') }, 2), 'dtype F32 for "a", got "F16"'],
    ['no dtype', file({ a: { shape: [], data_offsets: [0, 4] } }, 4), 'dtype F32 for "a", got nothing'],
    ['a negative size', file({ a: entry([-1], [0, 4]) }, 4), 'a shape for "a", got [-1]'],
    ['a fractional size', file({ a: entry([1.5], [0, 6]) }, 6), 'a shape for "a", got [1.5]'],
    ['a shape that is a text', file({ a: entry('2', [0, 8]) }, 8), 'a shape for "a", got "2"'],
    ['a rank of 33', file({ a: entry(new Array(33).fill(1), [0, 4]) }, 4), 'a shape for "a", got [1,1,'],
    ['sizes whose product overflows', file({ a: entry([2 ** 40, 2 ** 40], [0, 4]) }, 4), 'offsets 0 to 4'],
    [
      'a size beyond integers',
      file('{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}', 4),
      'a shape for "a"',
    ],
    ['one offset', file({ a: entry([1], [0]) }, 4), 'two offsets for "a", got [0]'],
    ['offsets the wrong way', file({ a: entry([1], [4, 0]) }, 4), '4 bytes for "a" [1], got offsets 4 to 0'],
    [
      'a shape that does not fit its bytes',
      file({ a: entry([3], [0, 8]) }, 8),
      '12 bytes for "a" [3], got offsets 0 to 8',
    ],
    [
      'a gap',
      file({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }, 12),
      '"b" to begin at byte 4 of the values, got 8',
    ],
    [
      'an overlap',
      file({ a: entry([2], [0, 8]), b: entry([1], [4, 8]) }, 8),
      '"b" to begin at byte 8 of the values, got 4',
    ],
    ['a first array that does not begin at 0', file({ a: entry([1], [4, 8]) }, 8), '"a" to begin at byte 0'],
    ['values cut short', file(two, 7), '8 bytes of values, got 7'],
    ['bytes left over', file(two, 9), '8 bytes of values, got 9'],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), 'texts as __metadata__, got {"a":1}'],
  ])('%s', (_, bytes, message) => {
    const read = () => decodeSafetensors(bytes, 'run/weights.safetensors');
    expect(read).toThrow(CheckpointError);
    expect(read).toThrow(message);
    expect(read).toThrow(
      /^run\/weights\.safetensors: expected [^\n]*, got [^\n]*; the file is damaged or not safetensors$/,
    );
  });

  it('with a long name or line breaks in it, still in one short line', () => {
    const read = () => decodeSafetensors(file({ [`a\n${'b'.repeat(5000)}`]: 1 }), 'f');
    expect(read).toThrow(/^[^\n]{1,250}$/);
  });

  it('but names that mean something to JavaScript are only names', () => {
    const json =
      '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"constructor":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}';
    const { arrays } = decodeSafetensors(file(json, 8), 'f');
    expect(Object.keys(arrays).sort()).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(arrays)).toBe(Object.prototype);
  });
});

describe('readShapes', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'engram-shapes-'));
  afterAll(() => fs.rmSync(folder, { recursive: true }));
  const written = (bytes: Uint8Array) => {
    const path = join(folder, 'file.safetensors');
    fs.writeFileSync(path, bytes);
    return path;
  };

  it('reads the shapes, and how large the file is', () => {
    const whole = file({ a: entry([2, 3], [0, 24]), __metadata__: { by: 'us' }, b: entry([], [24, 28]) }, 28);
    expect(readShapes(written(whole))).toEqual({ bytes: whole.length, shapes: { a: [2, 3], b: [] } });
  });

  it.each([
    ['a header beyond its end', file({}, 0, 99n)],
    ['less than a length', new Uint8Array(5)],
    ['no JSON', file('nonsense')],
    ['a negative size', file({ a: entry([-1], [0, 4]) })],
    ['values that nothing is said of', file({ a: entry([1], [0, 4]) }, 8)],
    ['fewer values than are told', file({ a: entry([2], [0, 8]) }, 4)],
  ])('refuses a file with %s', (_, bytes) => {
    expect(() => readShapes(written(bytes))).toThrow(CheckpointError);
  });
});
