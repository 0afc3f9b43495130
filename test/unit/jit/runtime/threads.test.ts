import { afterEach, describe, expect, it } from 'vitest';
import {
  canShareMemory,
  type Pool,
  type PoolOptions,
  pool,
  spawnWorker,
} from '../../../../src/jit/runtime/threads.ts';
import { Module } from '../../../../src/jit/wasm/module.ts';

const limits = { initial: 1, maximum: 1, shared: true };

/** `work(address)` adds up a sum there; `meet` waits until it has been called twice; `fail` traps. */
function build() {
  const module = new Module(limits);
  module.function({ name: 'work', params: ['i'], exported: true }, (code) => {
    const { i32 } = code.op;
    const [address] = code.params;
    const i = code.local('i');
    i32.const(20_000);
    code.set(i);
    code.loop((again) => {
      code.get(address!);
      code.get(address!);
      i32.load();
      code.get(i);
      i32.add();
      i32.store();
      code.get(i);
      i32.const(1);
      i32.sub();
      code.tee(i);
      code.brIf(again);
    });
  });
  module.function({ name: 'meet', params: ['i'], exported: true }, (code) => {
    const { i32 } = code.op;
    const [address] = code.params;
    code.get(address!);
    i32.const(1);
    i32['atomic.rmw.add']();
    code.drop();
    code.loop((again) => {
      code.get(address!);
      i32['atomic.load']();
      i32.const(2);
      i32.ne();
      code.brIf(again);
    });
  });
  module.function({ name: 'fail', params: ['i'], exported: true }, (code) => code.unreachable());
  return new WebAssembly.Module(module.bytes());
}

const open: Pool[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.dispose();
});

/** The same calls, whichever thread makes them. */
const forAll = (threads: number, calls: readonly number[]) => Array.from({ length: threads }, () => calls);

function start(threads: number, options: Partial<PoolOptions> = {}) {
  const memory = new WebAssembly.Memory(limits);
  const module = build();
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const functions = exports as Record<string, (table: number) => void>;
  const one = pool({ module, memory, functions, threads, ...options });
  open.push(one);
  return { one, words: new Int32Array(memory.buffer) };
}

const sum = (20_000 * 20_001) / 2;

describe('threads', () => {
  it('can be had in Node', () => expect(canShareMemory()).toBe(true));

  it.each([1, 2, 3])('%i of them make every call once, run after run', (threads) => {
    const { one, words } = start(threads);
    for (let round = 1; round <= 200; round++) {
      const tables = Array.from({ length: 1 + (round % 8) }, (_, i) => 64 * i);
      words.fill(0);
      one.run('work', forAll(threads, tables));
      expect(Array.from({ length: 9 }, (_, i) => words[16 * i])).toEqual(
        Array.from({ length: 9 }, (_, i) => (i < tables.length ? sum : 0)),
      );
    }
  });

  it('work at the same time, also after a sleep', async () => {
    const { one, words } = start(2);
    for (let round = 0; round < 3; round++) {
      words.fill(0);
      // Each of the two calls waits for the other.
      one.run('meet', forAll(2, [0, 0]));
      expect(words[0]).toBe(2);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it('pass on that a call trapped, in the caller or in a helper, and go on', () => {
    const { one, words } = start(2);
    expect(() => one.run('fail', forAll(2, [0, 64, 128]))).toThrow(/fail trapped/);
    words.fill(0);
    one.run('work', forAll(2, [0]));
    expect(words[0]).toBe(sum);
  });

  it('refuse more calls than they have room for', () => {
    expect(() => start(1).one.run('work', [new Array<number>(257).fill(0)])).toThrow(/internal: threads/);
  });

  it('are started by what the caller gives, and ended', () => {
    let ended = 0;
    const spawn = (script: string, data: unknown) => {
      const helper = spawnWorker(script, data);
      return {
        end() {
          ended++;
          helper.end();
        },
      };
    };
    const { one } = start(3, { spawn });
    one.dispose();
    expect(ended).toBe(2);
  });
});
