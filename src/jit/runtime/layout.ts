/**
 * The memory of a program: where each buffer lies for a batch of B sequences of T steps, and the tables that tell the code.
 * What does not depend on the batch comes first and stays where it is. What the outside writes or reads and what shards
 * sum up to, each shard of the batch has for itself; all else is needed only while a shard runs, and belongs to the thread
 * that runs it: shards that follow one another work in the same memory, which so stays in the cache.
 */
import { UsageError } from '../../core/errors.ts';
import { HEADER_WORDS } from '../codegen/address-table.ts';
import { roundUp } from '../schedule/buffers.ts';
import { type Buffer, bufferIndex, floatsOf, type Program } from '../schedule/program.ts';
import { MAX_PAGES, PAGE_BYTES } from '../wasm/module.ts';

/**
 * How a batch is cut: rows of each shard. It depends on the batch and the program alone, so results do not depend on
 * threads. A shard's values of all time steps should stay in the cache between the passes, so shards are small; but where
 * the parameters are more than the cache holds, every time step of every shard fetches them anew, and shards are larger.
 */
export function shardRows(batchSize: number, parameterFloats: number): number[] {
  const rows = parameterFloats > CACHED_FLOATS ? 8 : 4;
  const wanted = Math.max(Math.floor(batchSize / rows), batchSize >= 4 ? 2 : 1);
  const count = Math.min(MAX_SHARDS, wanted);
  return Array.from(
    { length: count },
    (_, i) => Math.floor(((i + 1) * batchSize) / count) - Math.floor((i * batchSize) / count),
  );
}

/** A core's own cache, about, in floats. */
const CACHED_FLOATS = 2 ** 18;
/** The most shards of a batch, and so the most threads that have something to do. */
export const MAX_SHARDS = 16;
/** Loads may run past a buffer's end by up to this many bytes. */
const SLACK = 64;
/** Bytes of a line of the cache. */
const LINE_BYTES = 64;
const MAX_BYTES = PAGE_BYTES * MAX_PAGES;
/** Address of the list of the first thread's tables. */
const TABLE_LIST = 64;

/** Where everything is, in bytes. */
export interface Layout {
  readonly batchSize: number;
  readonly length: number;
  readonly rows: readonly number[];
  /** How many steps each shard runs. */
  readonly lengths: readonly number[];
  /** Which sequence of the batch each row is, shard after shard. */
  readonly order: readonly number[];
  /** Address of the table of each shard when a thread runs it: [thread][shard]. */
  readonly tables: readonly (readonly number[])[];
  /** Address of each buffer: [thread][shard][buffer]. */
  readonly addresses: readonly (readonly (readonly number[])[])[];
  readonly bytes: number;
}

/** Buffers in which shards sum up, and the fixed ones that hold the sums of all. */
const sumsOf = ({ phases }: Program) =>
  phases.flatMap(({ actions }) => actions.filter((action) => action.kind === 'sum-shards'));

/** Names of the buffers that each shard has for itself. */
const ownOfShards = (program: Program) =>
  new Set(
    [
      ...Object.values(program.ports).map(({ place }) => place.buffer),
      ...sumsOf(program).map(({ from }) => from),
    ].map(({ name }) => name),
  );

/** Addresses for a batch on some threads; says how many bytes it takes even where that is too much. */
export function layOutMemory(program: Program, batchSize: number, length: number, threads = 1): Layout {
  const { buffers } = program;
  const index = bufferIndex(program);
  const rows = shardRows(batchSize, program.ports.params?.place.buffer.size ?? 0);
  const tableBytes = roundUp((HEADER_WORDS + buffers.length) * 4, LINE_BYTES);
  const firstTable = roundUp(TABLE_LIST + 4 * MAX_SHARDS, LINE_BYTES);
  let next = firstTable + threads * MAX_SHARDS * tableBytes;
  // Any thread may take any shard; a single one is run where it is called.
  const tables = Array.from({ length: rows.length > 1 ? threads : 1 }, (_, thread) =>
    rows.map((_, shard) => firstTable + (thread * MAX_SHARDS + shard) * tableBytes),
  );
  const take = (buffer: Buffer, count: number) => {
    const at = roundUp(next, LINE_BYTES);
    next = at + floatsOf(buffer, count, length) * 4 + SLACK;
    return at;
  };
  const fixed = buffers.map((buffer) => (buffer.kind === 'fixed' ? take(buffer, 0) : 0));
  // A single shard's sums are the sums of all.
  if (rows.length === 1)
    for (const { from, to } of sumsOf(program)) fixed[index.get(from.name)!] = fixed[index.get(to.name)!]!;
  const own = ownOfShards(program);
  const ofShard = rows.map((count) =>
    buffers.map((buffer, id) => (fixed[id]! || !own.has(buffer.name) ? fixed[id]! : take(buffer, count))),
  );
  const largest = Math.max(...rows);
  const addresses = tables.map(() => {
    const work = buffers.map((buffer) =>
      own.has(buffer.name) || buffer.kind === 'fixed' ? 0 : take(buffer, largest),
    );
    return ofShard.map((list) => list.map((at, id) => at || work[id]!));
  });
  return {
    batchSize,
    length,
    rows,
    lengths: rows.map(() => length),
    order: [...Array(batchSize).keys()],
    tables,
    addresses,
    bytes: roundUp(next, LINE_BYTES),
  };
}

/**
 * Sequences of like length in one shard, which then runs only as long as its longest: what comes after the last step of a
 * sequence costs little. The longest shard is the last, which threads take first.
 * @param lengths steps of each sequence that count, [B]
 */
export function bucketedByLength(layout: Layout, lengths: readonly number[]): Layout {
  const order = [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  let first = 0;
  const longest = layout.rows.map((count) => {
    first += count;
    return lengths[order[first - 1]!]!;
  });
  return { ...layout, order, lengths: longest };
}

/** @throws UsageError when a batch needs more than WebAssembly can address, with the largest that fits */
export function checkFits(program: Program, layout: Layout, threads: number): void {
  if (layout.bytes <= MAX_BYTES) return;
  const { batchSize, length } = layout;
  const bytesOf = (size: number) => layOutMemory(program, size, length, threads).bytes;
  let fits = 0;
  for (let step = 2 ** Math.floor(Math.log2(batchSize)); step >= 1; step = Math.floor(step / 2))
    if (fits + step < batchSize && bytesOf(fits + step) <= MAX_BYTES) fits += step;
  throw new UsageError(
    `batchSize: expected a batch that fits into 4 GiB, got ${batchSize} sequences of ${length} steps that take ${layout.bytes} bytes; use at most ${fits}`,
  );
}

/**
 * Writes the tables of a layout into memory.
 * @param memoryOf for each buffer the one whose memory it uses
 */
export function writeTables(layout: Layout, memory: ArrayBufferLike, memoryOf: readonly number[]): void {
  const { tables, rows, lengths } = layout;
  const words = new Uint32Array(memory);
  words.set(tables[0]!, TABLE_LIST / 4);
  for (const list of tables)
    list.forEach((table, shard) => {
      words.set([rows[shard]!, lengths[shard]!, rows.length, TABLE_LIST], table / 4);
    });
  writeAddresses(layout, memory, { memoryOf, buffers: [...memoryOf.keys()] });
}

/** Writes the addresses of some buffers into all tables. */
export function writeAddresses(
  { tables, addresses }: Layout,
  memory: ArrayBufferLike,
  { memoryOf, buffers }: { readonly memoryOf: readonly number[]; readonly buffers: readonly number[] },
): void {
  const words = new Uint32Array(memory);
  tables.forEach((list, thread) => {
    list.forEach((table, shard) => {
      const own = addresses[thread]![shard]!;
      for (const id of buffers) words[table / 4 + HEADER_WORDS + id] = own[memoryOf[id]!]!;
    });
  });
}
