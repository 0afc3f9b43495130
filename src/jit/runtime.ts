/**
 * A program at work: its module instantiated on a memory that grows to the batch at hand, arrays put in and taken out by
 * name, entries run. Works wherever WebAssembly does; nothing is allocated while the same batch size and length repeat.
 */
import { checkFits, type Layout, layOutMemory, writeTables } from './memory.ts';
import type { Program } from './program.ts';
import { emitProgram, MOST_PAGES } from './wasm/emit.ts';
import { Module } from './wasm/module.ts';
import { canShareMemory, type Pool, pool } from './wasm/threads.ts';

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

const PAGE = 65_536;

/** A list with two elements exchanged. */
function exchanged(list: readonly number[], a: number, b: number): number[] {
  return list.map((address, id) => (id === a ? list[b]! : id === b ? list[a]! : address));
}

/** A program with its memory. */
export class Runtime {
  readonly program: Program;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it multiplies and adds in one rounding. */
  readonly relaxed: boolean;
  private readonly memory: WebAssembly.Memory;
  private readonly functions: Record<string, (table: number) => void>;
  private readonly pool: Pool | undefined;
  private current: Layout | undefined;
  /** For each buffer the one whose memory it uses: itself, until two are exchanged. */
  private readonly memoryOf: number[];
  private floats: Float32Array;
  private disposed = false;

  constructor(program: Program, { relaxed, threads }: RuntimeOptions) {
    this.program = program;
    this.relaxed = relaxed;
    const shared = threads > 1 && canShareMemory();
    this.bytes = emitProgram(program, { relaxed, shared });
    const module = new WebAssembly.Module(this.bytes);
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared });
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.functions = instance.exports as unknown as Record<string, (table: number) => void>;
    if (shared) this.pool = pool({ module, memory: this.memory, functions: this.functions, threads });
    this.floats = new Float32Array(this.memory.buffer);
    this.memoryOf = program.buffers.map(({ id }) => id);
    this.prepare(1, 1);
    for (const { buffer, offset, values } of program.data)
      this.floats.set(values, this.layout.addresses[0]![buffer]! / 4 + offset);
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
    const plain = layOutMemory(this.program, batchSize, length);
    const addresses = plain.addresses.map((list) => this.memoryOf.map((id) => list[id]!));
    const layout = { ...plain, addresses };
    checkFits(this.program, layout);
    const missing = Math.ceil(layout.bytes / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (missing > 0) {
      this.memory.grow(missing);
      this.floats = new Float32Array(this.memory.buffer);
    }
    this.use(layout);
  }

  /** Two fixed buffers of one size change places. */
  exchange(port: string, other: string): void {
    const [a, b] = [this.port(port).place.buffer, this.port(other).place.buffer];
    [this.memoryOf[a], this.memoryOf[b]] = [this.memoryOf[b]!, this.memoryOf[a]!];
    const { addresses } = this.layout;
    this.use({ ...this.layout, addresses: addresses.map((list) => exchanged(list, a, b)) });
  }

  private use(layout: Layout): void {
    writeTables(layout, this.memory.buffer);
    this.current = layout;
  }

  /** Runs an entry once. */
  run(entry: string): void {
    this.functions[`entry_${entry}`]!(this.layout.tables[0]!);
  }

  /** Runs an entry for every shard of the batch. */
  runShards(entry: string): void {
    const { tables } = this.layout;
    const name = `entry_${entry}`;
    if (this.pool && tables.length > 1) this.pool.run(name, tables);
    else for (const table of tables) this.functions[name]!(table);
  }

  /** Runs one phase, for the first shard or for all: what a profile times. */
  runPhase(index: number): void {
    const shards =
      this.program.phases[index]!.scope === 'shard' ? this.layout.tables : this.layout.tables.slice(0, 1);
    for (const table of shards) this.functions[`phase_${index}`]!(table);
  }

  /** A view of a fixed buffer's port; it holds until memory grows. */
  fixed(port: string): Float32Array {
    const { place, shape } = this.port(port);
    const start = this.layout.addresses[0]![place.buffer]! / 4 + place.offset;
    return this.floats.subarray(start, start + shape.reduce((product, size) => product * size, 1));
  }

  /** Rows [T,B,...] of a port, from the outside's order to the shards'. */
  writeRows(port: string, data: Float32Array): void {
    this.eachRow(port, (own, outer, size) => this.floats.set(data.subarray(outer, outer + size), own));
  }

  /** Rows [T,B,...] of a port, in the outside's order. */
  readRows(port: string): Float32Array {
    const { shape } = this.port(port);
    const { batchSize, length } = this.layout;
    const result = new Float32Array(length * batchSize * shape.reduce((product, size) => product * size, 1));
    this.eachRow(port, (own, outer, size) => result.set(this.floats.subarray(own, own + size), outer));
    return result;
  }

  /** Gives the memory back; nothing works afterwards. */
  dispose(): void {
    this.disposed = true;
    this.pool?.dispose();
    this.floats = new Float32Array(0);
  }

  private port(name: string) {
    const port = this.program.ports[name];
    if (port === undefined) throw new Error(`internal: runtime: no port ${name}`);
    return port;
  }

  /** Calls `move` for each row: where it is here, where in the outside's array, and how long. All in floats. */
  private eachRow(name: string, move: (own: number, outer: number, floats: number) => void): void {
    const { buffer: id } = this.port(name).place;
    const { size } = this.program.buffers[id]!;
    const floats = this.port(name).shape.reduce((product, length) => product * length, 1);
    const { rows, length, batchSize, addresses } = this.layout;
    let first = 0;
    rows.forEach((count, shard) => {
      const base = addresses[shard]![id]! / 4;
      for (let time = 0; time < length; time++)
        for (let row = 0; row < count; row++)
          move(base + (time * count + row) * size, (time * batchSize + first + row) * floats, floats);
      first += count;
    });
  }
}
