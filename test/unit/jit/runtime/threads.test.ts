import { afterEach, describe, expect, it } from 'vitest';
import wabt from 'wabt';
import {
  canShareMemory,
  type Pool,
  type PoolOptions,
  pool,
  spawnWorker,
} from '../../../../src/jit/runtime/threads.ts';

const limits = { initial: 1, maximum: 1, shared: true };

/** `work(address)` adds up a sum there; `meet` waits until it has been called twice; `fail` traps. */
const source = `(module
  (import "env" "memory" (memory 1 1 shared))
  (func (export "work") (param $at i32) (local $i i32)
    (local.set $i (i32.const 20000))
    (loop $again
      (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $i)))
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (br_if $again (local.get $i))))
  (func (export "meet") (param $at i32)
    (drop (i32.atomic.rmw.add (local.get $at) (i32.const 1)))
    (loop $again
      (br_if $again (i32.ne (i32.atomic.load (local.get $at)) (i32.const 2)))))
  (func (export "fail") (param i32) unreachable))`;

const { parseWat } = await wabt();
const module = new WebAssembly.Module(
  parseWat('threads.wat', source, { threads: true }).toBinary({}).buffer as BufferSource,
);

const open: Pool[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.dispose();
});

/** The same calls, whichever thread makes them. */
const forAll = (threads: number, calls: readonly number[]) => Array.from({ length: threads }, () => calls);

function start(threads: number, options: Partial<PoolOptions> = {}) {
  const memory = new WebAssembly.Memory(limits);
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

  it.each([1, 2, 3])('of three, %i take part where no more are asked for', (working) => {
    const { one, words } = start(3);
    // Each thread has addresses of its own, so that memory tells who made a call.
    const tables = [0, 1, 2].map((thread) => Array.from({ length: 8 }, (_, i) => 4096 * thread + 64 * i));
    for (let round = 0; round < 100; round++) one.run('work', tables, working);
    const madeBy = tables.map((own) => own.reduce((all, at) => all + words[at / 4]!, 0));
    expect(madeBy.reduce((a, b) => (a + b) | 0)).toBe((100 * 8 * sum) | 0);
    expect(madeBy.slice(working)).toEqual(Array.from({ length: 3 - working }, () => 0));
  });

  it('work only as far as there is a list for them', () => {
    const { one, words } = start(3);
    // A thread that had no list would work at address 0, where its list would be nothing.
    for (let round = 0; round < 200; round++) one.run('work', [[4096]]);
    expect([words[0], words[4096 / 4]]).toEqual([0, (200 * sum) | 0]);
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
