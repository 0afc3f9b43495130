/** Memories as plain data: every bit comes back, and other data is refused by name. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { readSettings } from '../../../src/core/settings.ts';
import { pack, packed } from '../../../src/memories/plain.ts';

const throughJson = (value: unknown) => JSON.parse(JSON.stringify(value));

it('has the bytes least first, as base64', () => {
  // 1 is 00 00 80 3f in float32.
  expect(pack(Float32Array.of(1))).toEqual({ type: 'float32', data: 'AACAPw==' });
  expect(pack(Uint32Array.of(1, 256))).toEqual({ type: 'uint32', data: 'AQAAAAABAAA=' });
});

it('gives every bit back, whatever part of a buffer the array is', () => {
  fc.assert(
    fc.property(fc.float32Array({ minLength: 1, maxLength: 50 }), (array) => {
      const part = array.subarray(1);
      const back = packed('float32', part.length).parse(throughJson(pack(part)));
      expect(new Uint32Array(back.buffer)).toEqual(new Uint32Array(part.slice().buffer));
    }),
  );
  const long = Float64Array.from({ length: 20_000 }, (_, i) => Math.sin(i));
  expect(packed('float64').parse(throughJson(pack(long)))).toEqual(long);
});

it('refuses other data by name', () => {
  const schema = z.strictObject({ weights: packed('float32', 2) });
  const read = (weights: unknown) => () => readSettings(schema, { weights }, { at: 'Memory' });
  expect(read(pack(Float32Array.of(1, 2)))).not.toThrow();
  expect(read(pack(Float32Array.of(1)))).toThrow(
    'Memory.weights: expected 2 float32 numbers in base64, got 1',
  );
  expect(read({ type: 'float32', data: 'AAA' })).toThrow('got something else');
  expect(read({ type: 'float32', data: '?' })).toThrow('got something else');
  expect(read({ type: 'float64', data: '' })).toThrow('Memory.weights.type');
  expect(read([1, 2])).toThrow('Memory.weights: expected');
});
