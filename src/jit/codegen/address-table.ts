/** A shard's table, as the code reads it: B, T, the number of shards, the list of all tables, the address of each buffer. */
import type { Buffer, Place } from '../schedule/program.ts';
import type { Code, Local } from '../wasm/assembler.ts';

/** Words of a table before the addresses of buffers. */
export const HEADER = 4;

/** What says where a place is: the table, the time and the row. */
export interface Here {
  readonly code: Code;
  readonly table: Local;
  readonly time: Local;
  readonly row?: Local;
}

/** Pushes word `index` of the table. */
export function word(code: Code, table: Local, index: number): void {
  code.get(table);
  code.op.i32.load(index * 4);
}

/** Pushes the address that a place's offset counts from. */
export function pushBase(buffer: Buffer, place: Place, here: Here): void {
  const { code, table, time, row } = here;
  const { i32 } = code.op;
  word(code, table, HEADER + buffer.id);
  if (buffer.kind !== 'rows') return;
  if (buffer.slots !== 'one') {
    code.get(time);
    if (place.shift) {
      i32.const(1);
      i32.add();
    }
    if (buffer.slots === 'two') {
      i32.const(1);
      i32.and();
    }
    word(code, table, 0);
    i32.mul();
    if (row) {
      code.get(row);
      i32.add();
    }
  } else if (row) code.get(row);
  else return;
  i32.const(buffer.size * 4);
  i32.mul();
  i32.add();
}

/** Pushes the address of a place. */
export function pushAddress(buffer: Buffer, place: Place, here: Here): void {
  const { i32 } = here.code.op;
  pushBase(buffer, place, here);
  if (place.offset === 0) return;
  i32.const(place.offset * 4);
  i32.add();
}
