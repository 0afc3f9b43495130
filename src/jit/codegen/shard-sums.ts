/** The sum of what each shard has summed up: in the order of the shards, so that it is the same for any number of threads. */
import type { Buffer } from '../schedule/program.ts';
import type { Code, Local } from '../wasm/assembler.ts';
import { advance } from '../wasm/loops.ts';
import { HEADER, type Here, word } from './address-table.ts';

/** Bytes that are summed up over all shards before the next ones: they stay in the nearest cache meanwhile. */
const PIECE = 8192;

/** to = from of the first shard, then plus that of each other in turn. A single shard's may be in its place already. */
export function sumShards(to: Buffer, from: number, here: Here): void {
  const { code, table } = here;
  const { i32 } = code.op;
  const names = ['target', 'first', 'start', 'end'] as const;
  const locals = names.map(() => code.local('i')) as [Local, Local, Local, Local];
  const [target, first, start, end] = locals;
  const total = to.size * 4;
  code.block((done) => {
    word(code, table, HEADER + to.id);
    code.tee(target);
    word(code, table, HEADER + from);
    code.tee(first);
    i32.eq();
    code.brIf(done);
    i32.const(0);
    code.set(start);
    code.loop((more) => {
      code.get(start);
      i32.const(PIECE);
      i32.add();
      code.tee(end);
      i32.const(total);
      code.get(end);
      i32.const(total);
      i32.lt_s();
      code.select();
      code.set(end);
      sumPiece(here, { from, target, first, start, end });
      code.get(end);
      code.tee(start);
      i32.const(total);
      i32.lt_s();
      code.brIf(more);
    });
  });
  code.release(...locals);
}

interface Piece {
  readonly from: number;
  readonly target: Local;
  /** The first shard's sums. */
  readonly first: Local;
  /** Where the piece begins and ends, in bytes. */
  readonly start: Local;
  readonly end: Local;
}

function sumPiece({ code, table }: Here, { from, target, first, start, end }: Piece): void {
  const { i32, memory } = code.op;
  const [shard, source, at] = [code.local('i'), code.local('i'), code.local('i')];
  for (const base of [target, first]) {
    code.get(base);
    code.get(start);
    i32.add();
  }
  code.get(end);
  code.get(start);
  i32.sub();
  memory.copy();
  i32.const(1);
  code.set(shard);
  code.block((done) => {
    code.loop((again) => {
      code.get(shard);
      word(code, table, 2);
      i32.ge_s();
      code.brIf(done);
      word(code, table, 3);
      code.get(shard);
      i32.const(4);
      i32.mul();
      i32.add();
      i32.load(0);
      i32.load((HEADER + from) * 4);
      code.set(source);
      code.get(start);
      code.set(at);
      code.loop((more) => {
        addAt(code, { target, source, at });
        advance(code, at, 16);
        code.get(at);
        code.get(end);
        i32.lt_s();
        code.brIf(more);
      });
      advance(code, shard, 1);
      code.br(again);
    });
  });
  code.release(shard, source, at);
}

/** Four floats of `source` added to those of `target`. */
function addAt(
  code: Code,
  { target, source, at }: { readonly target: Local; readonly source: Local; readonly at: Local },
): void {
  const { i32, v128, f32x4 } = code.op;
  const address = (base: Local) => {
    code.get(base);
    code.get(at);
    i32.add();
  };
  address(target);
  address(target);
  v128.load(0);
  address(source);
  v128.load(0);
  f32x4.add();
  v128.store(0);
}
