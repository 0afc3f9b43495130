import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { ntm } from '../../src/cells/ntm/ntm.ts';
import * as tf from '../../src/core/tf.ts';
import { emitProgram } from '../../src/jit/codegen/emit.ts';
import type { Code, Local } from '../../src/jit/wasm/assembler.ts';
import { floatLanes, intLanes } from '../../src/jit/wasm/bytes.ts';
import { Module } from '../../src/jit/wasm/module.ts';
import { type Opcode, opcodes, type Row, type TypeLetter } from '../../src/jit/wasm/opcodes.ts';
import { wat } from '../../src/jit/wasm/text.ts';
import { compiled, perturbed } from '../support/jit.ts';

const features = { simd: true, threads: true, relaxed_simd: true, bulk_memory: true, sat_float_to_int: true };
const memory = { initial: 1, maximum: 2, shared: true };

/** What wabt writes for each kind of immediate, when it is given these arguments. */
const samples: Record<string, { args: unknown[]; printed: string }> = {
  none: { args: [], printed: '' },
  memory: { args: [1032], printed: ' offset=1032' },
  'memory lane': { args: [72, 1], printed: ' offset=72 1' },
  lane: { args: [3], printed: ' 3' },
  zero: { args: [], printed: '' },
  zeros: { args: [], printed: '' },
  int: { args: [-129], printed: ' -129' },
  float: { args: [0.5], printed: ' 0x1p-1 (;=0.5;)' },
};

function sampleOf(name: Opcode): { args: unknown[]; printed: string } {
  if (name === 'v128.const') {
    return {
      args: [intLanes(1, -1, 0x7f800000, 2)],
      printed: ' i32x4 0x00000001 0xffffffff 0x7f800000 0x00000002',
    };
  }
  const bytes = [0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31];
  if (name === 'i8x16.shuffle') return { args: [bytes], printed: ` ${bytes.join(' ')}` };
  return samples[(opcodes[name] as Row)[3] ?? 'none']!;
}

/** A function that gives the instruction operands from its locals and keeps what comes of it in others. */
function exercise(code: Code, name: Opcode): void {
  const [operands, results] = opcodes[name][2].split(':') as [string, string];
  const locals: Record<string, Local> = {};
  for (const type of operands) locals[type] ??= code.local(type as TypeLetter);
  for (const type of operands) code.get(locals[type]!);
  const dot = name.indexOf('.');
  const group = code.op[name.slice(0, dot) as 'f32x4'] as unknown as Record<
    string,
    (...args: unknown[]) => void
  >;
  group[name.slice(dot + 1)]!(...sampleOf(name).args);
  for (const type of results) code.set(code.local(type as TypeLetter));
}

async function textOf(bytes: Uint8Array): Promise<string> {
  const module = (await wabt()).readWasm(bytes, { ...features, readDebugNames: true });
  // The declaration lacks the argument, which wabt 1.0.39 reads.
  (module as { validate(allowed: object): void }).validate(features);
  return module.toText({});
}

describe('the assembler, read back by wabt', () => {
  it('writes every instruction of the table with its immediates', async () => {
    const module = new Module(memory);
    const names = Object.keys(opcodes) as Opcode[];
    for (const name of names) module.function({ name }, (code) => exercise(code, name));
    const printed = (await textOf(module.bytes())).split('(func ').slice(1);
    expect(printed).toHaveLength(names.length);
    names.forEach((name, i) => {
      const lines = printed[i]!.replace(/\)+\s*$/, '')
        .split('\n')
        .map((line) => line.trim());
      expect(lines).toContain(`${name}${sampleOf(name).printed}`);
    });
  });

  it('writes structured control, calls, parameters and exports', async () => {
    const module = new Module({ initial: 1, maximum: 1, shared: false });
    const twice = module.function({ name: 'twice', params: ['i'], results: ['i'] }, (code) => {
      code.get(code.params[0]!);
      code.op.i32.const(2);
      code.op.i32.mul();
    });
    module.function({ name: 'sum', params: ['i'], results: ['i'], exported: true }, (code) => {
      const { i32 } = code.op;
      const total = code.local('i');
      const n = code.params[0]!;
      code.block((out) => {
        code.loop((again) => {
          code.get(n);
          i32.eqz();
          code.brIf(out);
          code.get(total);
          code.get(n);
          code.call(twice);
          i32.add();
          code.set(total);
          code.get(n);
          i32.const(1);
          i32.sub();
          code.set(n);
          code.br(again);
        });
      });
      const chosen = code.local('i');
      code.get(total);
      i32.const(0);
      i32.lt_s();
      code.if(
        () => {
          i32.const(1);
          code.set(chosen);
        },
        () => {
          code.get(total);
          code.set(chosen);
        },
      );
      code.get(n);
      code.get(chosen);
      code.get(n);
      code.select();
    });
    const bytes = module.bytes();
    await expect(await textOf(bytes)).toMatchFileSnapshot('expected/jit-wasm-control.wat');
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: new WebAssembly.Memory({ initial: 1, maximum: 1 }) },
    });
    expect((instance.exports.sum as (n: number) => number)(10)).toBe(110);
  });

  it('writes floats and shared memory that the engine reads', () => {
    const module = new Module(memory);
    module.function({ name: 'store', params: ['i'], exported: true }, (code) => {
      code.get(code.params[0]!);
      code.op.v128.const(floatLanes(1.5, -0, Number.POSITIVE_INFINITY, 1e-45));
      code.op.v128.store(64);
    });
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
      env: { memory: shared },
    });
    (instance.exports.store as (address: number) => void)(16);
    expect([...new Float32Array(shared.buffer, 80, 4)]).toEqual([
      1.5,
      -0,
      Number.POSITIVE_INFINITY,
      Math.fround(1e-45),
    ]);
  });
});

/** The module as wabt reads it and writes it again: one form to compare. */
async function rewritten(source: Uint8Array | string): Promise<Uint8Array> {
  const { readWasm, parseWat } = await wabt();
  const module =
    typeof source === 'string'
      ? parseWat('text.wat', source, features)
      : readWasm(source, { ...features, readDebugNames: true });
  (module as { validate(allowed: object): void }).validate(features);
  try {
    return module.toBinary({ write_debug_names: true }).buffer;
  } finally {
    module.destroy();
  }
}

describe('the text of a module', () => {
  it('has every instruction of the table, and wabt assembles the same module from it', async () => {
    const module = new Module(memory);
    const names = Object.keys(opcodes) as Opcode[];
    for (const name of names) module.function({ name }, (code) => exercise(code, name));
    const text = wat(module.bytes());
    for (const name of names) expect(text).toContain(`\n    ${name}`);
    expect(await rewritten(text)).toEqual(await rewritten(module.bytes()));
  });

  it.each([true, false])(
    'of a whole training program assembles to the same too, relaxed %s',
    async (relaxed) => {
      await tf.setBackend('cpu');
      const sizes = { ...ntm.settings.parse({}), slots: 6, width: 5, controllerSize: 7 };
      const made = compiled(perturbed(ntm.create(sizes, { inputSize: 5, maxLength: 4 })), 'bits', {
        relaxed: false,
      });
      const bytes = emitProgram(made.training.program, { relaxed, shared: true });
      expect(await rewritten(wat(bytes))).toEqual(await rewritten(bytes));
      made.dispose();
    },
  );

  it('is refused in one line of what is no module of ours', () => {
    expect(() => wat(new Uint8Array(20))).toThrow(/^wat: expected the bytes of a WebAssembly module, got/);
    const module = new Module(memory);
    module.function({ name: 'f', exported: true }, () => {});
    expect(() => wat(module.bytes().slice(0, -12))).toThrow(/^wat: expected a whole module, got/);
  });
});
