import { describe, expect, it } from 'vitest';
import type { Code } from '../../../../src/jit/wasm/assembler.ts';
import { signed, unsigned } from '../../../../src/jit/wasm/bytes.ts';
import { Module } from '../../../../src/jit/wasm/module.ts';

const assemble = (write: (code: Code) => void, results: ('i' | 'v')[] = []) =>
  new Module({ initial: 1, maximum: 1, shared: false }).function(
    { name: 'f', params: ['i', 'f'], results },
    write,
  );

describe('number encodings', () => {
  it('writes the examples of the DWARF standard, 7.6', () => {
    expect([2, 127, 128, 129, 12857].map(unsigned)).toEqual([
      [2],
      [127],
      [128, 1],
      [129, 1],
      [57 + 0x80, 100],
    ]);
    expect([2, -2, 127, -127, 128, -128, 129, -129].map(signed)).toEqual([
      [2],
      [0x7e],
      [0xff, 0],
      [0x81, 0x7f],
      [0x80, 1],
      [0x80, 0x7f],
      [0x81, 1],
      [0xff, 0x7e],
    ]);
  });

  it('writes the ends of the 32-bit ranges', () => {
    expect(unsigned(2 ** 32 - 1)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect(signed(-(2 ** 31))).toEqual([0x80, 0x80, 0x80, 0x80, 0x78]);
  });
});

describe('checks while assembling', () => {
  it('refuses operands of the wrong type', () => {
    expect(() =>
      assemble((code) => {
        code.get(code.params[0]!);
        code.get(code.params[1]!);
        code.op.f32.add();
      }),
    ).toThrow(/internal: f: f32.add expected f, got i/);
  });

  it('refuses operands that are not there, also across a block', () => {
    expect(() => assemble((code) => code.op.i32.eqz())).toThrow(/i32.eqz expected i, got nothing/);
    expect(() =>
      assemble((code) => {
        code.op.i32.const(1);
        code.block(() => code.set(code.local('i')));
      }),
    ).toThrow(/local.set expected i, got nothing/);
  });

  it('refuses values left over at the end of a block or function', () => {
    expect(() => assemble((code) => code.block(() => code.op.i32.const(1)))).toThrow(
      /a block with 1 values left/,
    );
    expect(() => assemble((code) => code.op.i32.const(1))).toThrow(/end with 1 values left/);
    expect(() => assemble(() => undefined, ['i'])).toThrow(/end expected i, got nothing/);
  });

  it('allows anything after a branch, as the specification does', () => {
    expect(() =>
      assemble((code) => {
        code.block((out) => {
          code.br(out);
          code.op.i32.add();
          code.set(code.local('i'));
        });
      }),
    ).not.toThrow();
  });

  it('hands released locals out again, once', () => {
    assemble((code) => {
      const first = code.local('v');
      code.release(first);
      expect(code.local('v').index).toBe(first.index);
      expect(code.local('v').index).not.toBe(first.index);
      code.release(first);
      expect(() => code.release(first)).toThrow(/released twice/);
    });
  });
});
