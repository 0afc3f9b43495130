/** The buffers of a program while it is planned, and the allocators that parts draw from. */

import type { Buffer, Place } from './program.ts';
import type { Allocator } from './regions.ts';

/** Buffers being collected. */
export interface Buffers {
  readonly list: Buffer[];
  fixed(name: string, size: number): Place;
  shard(name: string, size: number): Place;
  /** Records are rounded up to whole vectors; `exact` ones are not, and lie behind one another without a gap. */
  rows(name: string, size: number, slots: 'one' | 'all' | 'two', options?: RowOptions): Place;
  sizeOf(place: Place): number;
  /** A place in a buffer that grows by what is asked, and is made when first asked for. */
  grow(name: string, kind: GrowingKind, size: number): Place;
  /** A buffer at least this large, shared by all who ask. */
  atLeast(name: string, kind: 'fixed' | 'shard', size: number): Place;
}

/** What else a buffer with rows can be. */
export interface RowOptions {
  readonly exact?: boolean;
  /** One slot more than there are time steps. */
  readonly extra?: boolean;
}

/** Kinds of buffers that grow while a program is planned. */
export type GrowingKind = 'fixed' | 'shard' | 'one' | 'all';

/** The same place one time step later. */
export const nextStep = (place: Place): Place => ({ ...place, shift: 1 });

const aligned = (size: number) => Math.ceil(size / 4) * 4;

/** No buffers yet. */
export function buffers(): Buffers {
  const list: Buffer[] = [];
  const named = new Map<string, number>();
  const add = (buffer: Omit<Buffer, 'id'>): Place => {
    list.push({ ...buffer, id: list.length } as Buffer);
    return { buffer: list.length - 1, offset: 0, shift: 0 };
  };
  const grown = (name: string, kind: GrowingKind): number => {
    const found = named.get(name);
    if (found !== undefined) return found;
    const shape = kind === 'fixed' || kind === 'shard' ? { kind } : { kind: 'rows' as const, slots: kind };
    const { buffer } = add({ name, size: 0, ...shape } as Omit<Buffer, 'id'>);
    named.set(name, buffer);
    return buffer;
  };
  const resize = (id: number, size: number) => {
    list[id] = { ...list[id]!, size };
  };
  return {
    list,
    fixed: (name, size) => add({ name, size, kind: 'fixed' }),
    shard: (name, size) => add({ name, size, kind: 'shard' }),
    rows: (name, size, slots, { exact = false, extra = false } = {}) =>
      add({
        name,
        size: exact ? size : aligned(size),
        kind: 'rows',
        slots,
        ...(extra ? { extra } : {}),
      } as Omit<Buffer, 'id'>),
    sizeOf: (place) => list[place.buffer]!.size,
    grow(name, kind, size) {
      const id = grown(name, kind);
      const offset = list[id]!.size;
      resize(id, offset + aligned(size));
      return { buffer: id, offset, shift: 0 };
    },
    atLeast(name, kind, size) {
      const id = grown(name, kind);
      resize(id, Math.max(list[id]!.size, aligned(size)));
      return { buffer: id, offset: 0, shift: 0 };
    },
  };
}

/**
 * Where a part of the program may put values.
 * @param slots `one` for what a time step forgets, `all` where rows run over all steps at once, `none` for no rows
 */
export function allocator(all: Buffers, part: string, slots: 'one' | 'all' | 'none'): Allocator {
  const record = `${part}.record`;
  return {
    crossing: (_, size) => all.grow(record, slots === 'none' ? 'fixed' : slots, size),
    operand: (name, size, perRow) =>
      slots === 'none' ? all.fixed(name, size) : all.rows(name, size, slots, { exact: perRow > 1 }),
    strideOf: (place) => all.sizeOf(place),
    isOperand({ buffer, offset }, size, perRow) {
      const own = all.list[buffer]!;
      // A product over all steps at once needs a record for each of them.
      const lasts = own.kind === 'rows' ? slots !== 'all' || own.slots === 'all' : slots === 'none';
      const fits = own.size === size || (perRow === 1 && own.kind === 'rows' && own.size === aligned(size));
      return lasts && offset === 0 && fits;
    },
    scratch: (size) =>
      slots === 'none'
        ? all.atLeast('scratch.program', 'fixed', size)
        : all.atLeast('scratch', 'shard', size),
  };
}
