/**
 * A program at work: its module instantiated on a memory that grows to the batch at hand, arrays put in and taken out by
 * name, entries run. Works wherever WebAssembly does; nothing is allocated while the same batch size and length repeat.
 */

import { UnavailableError } from '../../core/errors.ts';
import { elements } from '../../core/shape.ts';
import { emitProgram } from '../codegen/emit.ts';
import { type BufferIndex, bufferIndex, type Place, type Port, type Program } from '../schedule/program.ts';
import { MAX_PAGES, Module, PAGE_BYTES } from '../wasm/module.ts';
import {
  bucketedByLength,
  checkFits,
  type Layout,
  layOutMemory,
  MAX_SHARDS,
  writeAddresses,
  writeTables,
} from './layout.ts';
import { canShareMemory, type Pool, pool } from './threads.ts';

/** How a program is run. */
export interface RuntimeOptions {
  /** Fused multiply-add where the engine has it; see `hasRelaxedSimd`. */
  readonly relaxed: boolean;
  /** How many threads share a batch's shards; one where memory cannot be shared. The result is the same for any number. */
  readonly threads: number;
}

/** Whether this engine multiplies and adds in one rounding: whether it accepts a module that does. */
export function hasRelaxedSimd(): boolean {
  const module = new Module({ initial: 1, maximum: 1, shared: false });
  module.function({ name: 'probe', params: ['v'], results: ['v'] }, (code) => {
    for (let i = 0; i < 3; i++) code.get(code.params[0]!);
    code.op.f32x4.relaxed_madd();
  });
  return WebAssembly.validate(module.bytes());
}

/** Sequences of a batch that is larger than the prepared one: from one on, of how many in all. */
export interface Window {
  readonly first: number;
  readonly of: number;
}

/** Some floats of an array from a place on. */
interface Stretch {
  readonly floats: Float32Array;
  readonly at: number;
}

/** Rows are short: a loop is faster than a view and a call for each, the more so as a function that only loops. */
function copy(from: Stretch, to: Stretch, count: number): void {
  const [source, target] = [from.floats, to.floats];
  for (let i = 0; i < count; i++) target[to.at + i] = source[from.at + i]!;
}

/** A program with its memory. */
export class Runtime {
  readonly program: Program;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it multiplies and adds in one rounding. */
  readonly relaxed: boolean;
  private readonly memory: WebAssembly.Memory;
  private readonly functions: Record<string, (table: number) => void>;
  private readonly threads: number;
  private readonly pool: Pool | undefined;
  private readonly index: BufferIndex;
  private current: Layout | undefined;
  /** For each buffer the one whose memory it uses: itself, until two are swapped. */
  private readonly memoryOf: number[];
  private floats: Float32Array;
  private disposed = false;
  /** How many of the threads take part in what shards do; changed at will, as the result is the same for any number. */
  working: number;

  /** @throws UnavailableError when it is to multiply and add in one rounding and the engine does not */
  constructor(program: Program, { relaxed, threads }: RuntimeOptions) {
    if (relaxed && !hasRelaxedSimd())
      throw new UnavailableError(
        'relaxed: expected a JavaScript engine with relaxed SIMD, got one without; leave it out, or start Node with --experimental-wasm-relaxed-simd',
      );
    this.program = program;
    this.relaxed = relaxed;
    const shared = threads > 1 && canShareMemory();
    this.threads = shared ? Math.min(threads, MAX_SHARDS) : 1;
    this.working = this.threads;
    this.bytes = emitProgram(program, { relaxed, shared });
    const module = new WebAssembly.Module(this.bytes);
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared });
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.functions = instance.exports as unknown as Record<string, (table: number) => void>;
    if (shared)
      this.pool = pool({ module, memory: this.memory, functions: this.functions, threads: this.threads });
    this.floats = new Float32Array(this.memory.buffer);
    this.index = bufferIndex(program);
    this.memoryOf = program.buffers.map((_, id) => id);
    this.prepare(1, 1);
    for (const { place, values } of program.constants) this.floats.set(values, this.floatAt(place));
  }

  /** How much memory the program holds. It grows to the largest batch, and never shrinks. */
  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Where everything is at the moment. */
  get layout(): Layout {
    if (this.disposed) throw new Error('program: expected one in use, got a disposed one; compile again');
    return this.current!;
  }

  /**
   * Makes room for batches of this size and length.
   * @throws UsageError when they take more than 4 GiB
   */
  prepare(batchSize: number, length: number): void {
    if (this.current && this.layout.batchSize === batchSize && this.current.length === length) return;
    const next = layOutMemory(this.program, batchSize, length, this.threads);
    checkFits(this.program, next, this.threads);
    const missing = Math.ceil(next.bytes / PAGE_BYTES) - this.memory.buffer.byteLength / PAGE_BYTES;
    if (missing > 0) {
      this.memory.grow(missing);
      this.floats = new Float32Array(this.memory.buffer);
    }
    this.use(next);
  }

  /** Lets each sequence of the prepared batch run for as many steps as count of it, or a few more: [B], at least 1. */
  bucketByLength(lengths: readonly number[]): void {
    const next = bucketedByLength(this.layout, lengths);
    const same = (a: readonly number[], b: readonly number[]) => a.every((value, i) => value === b[i]);
    if (!same(next.order, this.layout.order) || !same(next.lengths, this.layout.lengths)) this.use(next);
  }

  /** The buffers of fixed ports change places, each with another one of its size. */
  swapBuffers(pairs: readonly (readonly [string, string])[]): void {
    const { memoryOf } = this;
    const ids = pairs.map((ports) => ports.map((port) => this.bufferOf(port)) as [number, number]);
    for (const [a, b] of ids) [memoryOf[a], memoryOf[b]] = [memoryOf[b]!, memoryOf[a]!];
    writeAddresses(this.layout, this.memory.buffer, { memoryOf, buffers: ids.flat() });
  }

  private use(layout: Layout): void {
    this.current = layout;
    writeTables(layout, this.memory.buffer, this.memoryOf);
  }

  /** Runs an entry once. */
  run(entry: string): void {
    this.functions[`entry_${entry}`]!(this.layout.tables[0]![0]!);
  }

  /** Runs an entry for every shard of the batch. */
  runShards(entry: string): void {
    const { tables } = this.layout;
    const name = `entry_${entry}`;
    // A single shard has one table, for the thread that calls: another would read what was there before.
    const working = Math.min(this.working, tables.length);
    if (this.pool && working > 1) this.pool.run(name, tables, working);
    else for (const table of tables[0]!) this.functions[name]!(table);
  }

  /** Runs one phase, of one shard if it is a shard's: what a profile times. */
  runPhase(index: number, shard = 0): void {
    this.functions[`phase_${index}`]!(this.layout.tables[0]![shard]!);
  }

  /** A view of a fixed buffer's port; it holds until memory grows. */
  fixed(port: string): Float32Array {
    const { place, shape } = this.port(port);
    const start = this.floatAt(place);
    return this.floats.subarray(start, start + elements(shape));
  }

  /** Rows [T,B,...] of a port, from the outside's order to the shards'; of a larger batch those of a window. */
  writeRows(port: string, data: Float32Array, window?: Window): void {
    this.copyRows(port, data, { inward: true, window });
  }

  /**
   * Rows [T,B,...] of a port, in the outside's order, put into some that are there: of a larger batch those of a window.
   * Where a sequence did not run these stay as they were: zeros if left out.
   */
  readRows(port: string, whole?: Float32Array, window?: Window): Float32Array {
    const { batchSize, length } = this.layout;
    const rows = whole ?? new Float32Array(length * batchSize * elements(this.port(port).shape));
    this.copyRows(port, rows, { inward: false, window });
    return rows;
  }

  /** Gives the memory back; nothing works afterwards. */
  dispose(): void {
    this.disposed = true;
    this.pool?.dispose();
    this.floats = new Float32Array(0);
  }

  private port(name: string): Port {
    const port = this.program.ports[name];
    if (port === undefined) throw new Error(`internal: runtime: no port ${name}`);
    return port;
  }

  private bufferOf(port: string): number {
    return this.index.get(this.port(port).place.buffer.name)!;
  }

  /** Where a place in a fixed buffer is, in floats. */
  private floatAt({ buffer, offset }: Place): number {
    return this.layout.addresses[0]![0]![this.memoryOf[this.index.get(buffer.name)!]!]! / 4 + offset;
  }

  /** Copies each row from the outside's array, or to it. */
  private copyRows(
    name: string,
    outside: Float32Array,
    { inward, window }: { readonly inward: boolean; readonly window: Window | undefined },
  ): void {
    const { place, shape } = this.port(name);
    const [id, { size }, count] = [this.bufferOf(name), place.buffer, elements(shape)];
    const { rows, lengths, order, addresses, batchSize } = this.layout;
    const { first, of } = window ?? { first: 0, of: batchSize };
    let done = 0;
    rows.forEach((shardRows, shard) => {
      const base = addresses[0]![shard]![id]! / 4;
      for (let time = 0; time < lengths[shard]!; time++)
        for (let row = 0; row < shardRows; row++) {
          const own = { floats: this.floats, at: base + (time * shardRows + row) * size };
          const outer = { floats: outside, at: (time * of + first + order[done + row]!) * count };
          if (inward) copy(outer, own, count);
          else copy(own, outer, count);
        }
      done += shardRows;
    });
  }
}
