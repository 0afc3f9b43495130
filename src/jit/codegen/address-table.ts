/** A shard's table, as the code reads it: B, T, the number of shards, the list of all tables, the address of each buffer. */
import type { Buffer, BufferIndex, Place } from '../schedule/program.ts';
import type { Code, Local } from '../wasm/assembler.ts';
import { floatsOn, type Int, int } from '../wasm/integers.ts';

/** Words of a table before the addresses of buffers. */
export const HEADER_WORDS = 4;

/** All that says where a place is: the table and which word of it is whose, the time and the row. */
export interface Here {
  readonly code: Code;
  readonly index: BufferIndex;
  readonly table: Local;
  readonly time: Local;
  readonly row?: Local;
}

/** The words of a table: how many rows, steps and shards there are, where all tables are listed, where a buffer is. */
export const word = {
  rows: (table: Int) => int.load(table, 0),
  steps: (table: Int) => int.load(table, 4),
  shards: (table: Int) => int.load(table, 8),
  tables: (table: Int) => int.load(table, 12),
  address: (table: Int, { name }: Buffer, index: BufferIndex) =>
    int.load(table, 4 * (HEADER_WORDS + index.get(name)!)),
} as const;

/** The address that a place's offset counts from. */
export function baseOf(place: Place, here: Omit<Here, 'code'>): Int {
  const { buffer } = place;
  const start = word.address(here.table, buffer, here.index);
  if (buffer.kind !== 'rows') return start;
  const record = recordOf(buffer, place, here);
  return record === undefined ? start : int.add(start, int.mul(record, buffer.size * 4));
}

/** Which record of a buffer with rows a place is in; undefined for the first. */
function recordOf(
  { slots }: Buffer & { readonly kind: 'rows' },
  { shift }: Place,
  { table, time, row }: Omit<Here, 'code' | 'index'>,
): Int | undefined {
  if (slots === 'one') return row;
  const now = shift ? int.add(time, 1) : time;
  const first = int.mul(slots === 'two' ? int.and(now, 1) : now, word.rows(table));
  return row ? int.add(first, row) : first;
}

/** The address of a place. */
export const addressOf = (place: Place, here: Omit<Here, 'code'>): Int =>
  floatsOn(baseOf(place, here), place.offset);
