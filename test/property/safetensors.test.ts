import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/core/contracts.ts';
import { CheckpointError } from '../../src/core/errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/runs/safetensors.ts';

/** Any shape of few elements with any bits in it but NaN's, which compare as equal whatever they are. */
const array: fc.Arbitrary<NamedArray> = fc
  .array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
  .chain((shape) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return fc.float32Array({ minLength: size, maxLength: size }).map((data) => ({ shape, data }));
  });
const names = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__');
const arrays = fc
  .array(fc.tuple(names, array), { maxLength: 6 })
  .map((entries) => Object.fromEntries(entries));
const metadata = fc
  .array(fc.tuple(names, names), { maxLength: 3 })
  .map((entries) => Object.fromEntries(entries));

describe('safetensors', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(arrays, metadata, (given, about) => {
        const read = decodeSafetensors(encodeSafetensors(given, about), 'f');
        expect(Object.keys(read.arrays).sort()).toEqual(Object.keys(given).sort());
        for (const [name, { shape, data }] of Object.entries(given)) {
          expect(read.arrays[name]!.shape).toEqual(shape);
          expect(read.arrays[name]!.data).toEqual(data);
        }
        expect(read.metadata).toEqual(about);
      }),
    );
  });

  it('either reads spoiled bytes or says in one line what is wrong, and never runs away', () => {
    const spoil = fc.record({ at: fc.nat(400), byte: fc.nat(255), cut: fc.nat(400) });
    fc.assert(
      fc.property(arrays, fc.array(spoil, { minLength: 1, maxLength: 4 }), (given, spoils) => {
        const bytes = encodeSafetensors(given);
        for (const { at, byte } of spoils) if (at < bytes.length) bytes[at] = byte;
        const rest = bytes.subarray(
          0,
          Math.max(0, bytes.length - (spoils[0]!.cut < 200 ? 0 : spoils[0]!.cut)),
        );
        try {
          const read = decodeSafetensors(rest, 'f');
          const total = Object.values(read.arrays).reduce((sum, { data }) => sum + data.length * 4, 0);
          expect(total).toBeLessThanOrEqual(rest.length);
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      { numRuns: 500 },
    );
  });
});
