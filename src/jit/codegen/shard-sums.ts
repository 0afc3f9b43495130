/** The sum of what each shard has summed up: in the order of the shards, so that it is the same for any number of threads. */
import type { Buffer } from '../schedule/program.ts';
import type { Code, Local } from '../wasm/assembler.ts';
import { advance, type Int, int, push, set } from '../wasm/integers.ts';
import { type Here, word } from './address-table.ts';
import { repeatUntil, repeatWhile } from './loops.ts';

/** Bytes that are summed up over all shards before the next ones: they stay in the nearest cache meanwhile. */
const CHUNK_BYTES = 8192;

/** to = from of the first shard, then plus that of each other in turn. A single shard's may be in its place already. */
export function sumShards(to: Buffer, from: Buffer, here: Here): void {
  const { code, table, index } = here;
  const names = ['target', 'first', 'start', 'end'] as const;
  const locals = names.map(() => code.local('i')) as [Local, Local, Local, Local];
  const [target, first, start, end] = locals;
  const total = to.size * 4;
  code.block((done) => {
    const own = int.tee(target, word.address(table, to, index));
    push(code, int.eq(own, int.tee(first, word.address(table, from, index))));
    code.brIf(done);
    set(code, start, 0);
    const chunk = () => {
      const next = int.tee(end, int.add(start, CHUNK_BYTES));
      set(code, end, int.select(next, total, int.lt_s(end, total)));
      sumChunk(here, { from, target, first, start, end });
    };
    repeatWhile(code, chunk, int.lt_s(int.tee(start, end), total));
  });
  code.release(...locals);
}

interface Chunk {
  readonly from: Buffer;
  readonly target: Local;
  /** The first shard's sums. */
  readonly first: Local;
  /** Where the chunk begins and ends, in bytes. */
  readonly start: Local;
  readonly end: Local;
}

function sumChunk({ code, table, index }: Here, { from, target, first, start, end }: Chunk): void {
  const [shard, source, at] = [code.local('i'), code.local('i'), code.local('i')];
  push(code, int.add(target, start), int.add(first, start), int.sub(end, start));
  code.op.memory.copy();
  set(code, shard, 1);
  repeatUntil(code, int.ge_s(shard, word.shards(table)), () => {
    const other = int.load(int.add(word.tables(table), int.mul(shard, 4)));
    set(code, source, word.address(other, from, index));
    set(code, at, start);
    const vector = () => {
      addVector(code, int.add(target, at), int.add(source, at));
      advance(code, at, 16);
    };
    repeatWhile(code, vector, int.lt_s(at, end));
    advance(code, shard, 1);
  });
  code.release(shard, source, at);
}

/** Four floats at `from` added to those at `to`. */
function addVector(code: Code, to: Int, from: Int): void {
  const { v128, f32x4 } = code.op;
  push(code, to, to);
  v128.load(0);
  push(code, from);
  v128.load(0);
  f32x4.add();
  v128.store(0);
}
