/**
 * The memory of a program: where each buffer lies for a batch of B sequences of T steps, and the tables that tell the code.
 * What does not depend on the batch comes first and stays where it is. Each shard of the batch has its own buffers.
 */
import { UsageError } from '../core/errors.ts';
import type { Buffer, Program } from './program.ts';

/**
 * How a batch is cut: rows of each shard. It depends on the batch alone, so results do not depend on threads. Products
 * are fastest from eight rows up; a batch from four up is cut in two all the same, so that two threads can share it.
 */
export function shardRows(batchSize: number): number[] {
  const wanted = Math.max(Math.floor(batchSize / 8), batchSize >= 4 ? 2 : 1);
  const count = Math.min(MOST_SHARDS, wanted);
  return Array.from(
    { length: count },
    (_, i) => Math.floor(((i + 1) * batchSize) / count) - Math.floor((i * batchSize) / count),
  );
}

const MOST_SHARDS = 8;
/** Loads may run past a buffer's end by up to this many bytes. */
const SLACK = 64;
const LARGEST = 2 ** 32;
const HEADER_WORDS = 4;

/** Where everything is, in bytes. */
export interface Layout {
  readonly batchSize: number;
  readonly length: number;
  readonly rows: readonly number[];
  /** Address of each shard's table. */
  readonly tables: readonly number[];
  /** Address of the list of tables. */
  readonly tableList: number;
  /** Address of each buffer, by shard. */
  readonly addresses: readonly (readonly number[])[];
  readonly bytes: number;
}

const roundUp = (bytes: number) => Math.ceil(bytes / 64) * 64;

/** Floats a buffer takes. */
function floatsOf(buffer: Buffer, rows: number, length: number): number {
  if (buffer.kind !== 'rows') return buffer.size;
  const slots = { one: 1, two: 2, all: length + (buffer.extra ? 1 : 0) }[buffer.slots];
  return buffer.size * slots * rows;
}

/** Addresses for a batch; says how many bytes it takes even where that is too much. */
export function layOutMemory(program: Program, batchSize: number, length: number): Layout {
  const rows = shardRows(batchSize);
  const tableBytes = roundUp((HEADER_WORDS + program.buffers.length) * 4);
  const tableList = 64;
  const tables = Array.from({ length: MOST_SHARDS }, (_, i) => 128 + i * tableBytes).slice(0, rows.length);
  let next = roundUp(128 + MOST_SHARDS * tableBytes);
  const take = (floats: number) => {
    const at = next;
    next = roundUp(next + floats * 4 + SLACK);
    return at;
  };
  const fixed = program.buffers.map((buffer) => (buffer.kind === 'fixed' ? take(buffer.size) : 0));
  const addresses = rows.map((count) =>
    program.buffers.map((buffer, id) =>
      buffer.kind === 'fixed' ? fixed[id]! : take(floatsOf(buffer, count, length)),
    ),
  );
  return { batchSize, length, rows, tables, tableList, addresses, bytes: next };
}

/** @throws UsageError when a batch needs more than WebAssembly can address, with the largest that fits */
export function checkFits(program: Program, layout: Layout): void {
  if (layout.bytes <= LARGEST) return;
  const { batchSize, length } = layout;
  let fits = 0;
  for (let step = 2 ** Math.floor(Math.log2(batchSize)); step >= 1; step = Math.floor(step / 2))
    if (fits + step < batchSize && layOutMemory(program, fits + step, length).bytes <= LARGEST) fits += step;
  throw new UsageError(
    `batchSize: expected a batch that fits into 4 GiB, got ${batchSize} sequences of ${length} steps that take ${layout.bytes} bytes; use at most ${fits}`,
  );
}

/** Writes the tables of a layout into memory. */
export function writeTables(layout: Layout, memory: ArrayBufferLike): void {
  const words = new Uint32Array(memory);
  layout.tables.forEach((table, shard) => {
    words[layout.tableList / 4 + shard] = table;
    const at = table / 4;
    words.set([layout.rows[shard]!, layout.length, layout.tables.length, layout.tableList], at);
    words.set(layout.addresses[shard]!, at + HEADER_WORDS);
  });
}
