/** The inside of a nest: a few lines at a time, vector by vector, all lines of a vector before the next vector. */
import type { Local } from '../../wasm/assembler.ts';
import { advance, int, variable } from '../../wasm/integers.ts';
import { repeatWhile } from '../loops.ts';
import type { Lanes } from '../memory.ts';
import { isAccess, keyOf } from './plan.ts';
import { accumulate, begin, define, end, endLines, type Position, START, store, type Walk } from './value.ts';

/** Writes `height` lines. */
export function emitTile(walk: Walk, height: number): void {
  const { v, plan } = walk;
  const outside = walk.values;
  v.scoped(() => {
    const rows = Array.from({ length: height }, (_, row) => {
      walk.values = [...outside];
      if (plan.rowAxis >= 0) defineRow(walk, row);
      return walk.values;
    });
    const here = [...plan.accumulations.values()].filter((one) => one.from === plan.last);
    for (const one of here) begin(walk, one, height);
    emitLine({ ...walk, values: outside }, rows);
    for (const one of here) end(walk, one, height);
  });
  walk.values = outside;
}

/** Values that vary from line to line but not along them. */
function defineRow(walk: Walk, row: number): void {
  const { levels, rowAxis } = walk.plan;
  levels.forEach((level, i) => {
    if (level === rowAxis) define(walk, i, { ...START, row });
  });
}

type Values = Walk['values'];

/** Whole vectors, then what is left. */
function emitLine(walk: Walk, rows: readonly Values[]): void {
  const { nest, last, unrolled } = walk.plan;
  const size = nest.space[last]!;
  const whole = Math.floor(size / 4);
  const rest = size % 4;
  if (unrolled)
    for (let vector = 0; vector < whole; vector++) emitVector(walk, rows, { ...START, offset: vector * 4 });
  else if (whole > 0) emitLineLoop(walk, rows, whole);
  if (rest > 0) emitVector(walk, rows, { ...START, offset: whole * 4, lanes: rest as Lanes });
}

/** A loop over whole vectors: one variable counts along for all that lies side by side, others have their own. */
function emitLineLoop(walk: Walk, rows: readonly Values[], count: number): void {
  const { code, plan, addresses } = walk;
  const { nest, last } = plan;
  const along = variable(code, 0);
  const apart = new Map<string, { local: Local; bytes: number; lift: number }>();
  for (const one of nest.body) {
    if (!isAccess(one) || [0, 1].includes(one.strides[last]!) || apart.has(keyOf(one))) continue;
    const stride = one.strides[last]!;
    const lift = Math.max(0, -stride) * 4 * (count - 1);
    const local = variable(code, int.add(addresses.get(keyOf(one))!.local, lift * 4));
    apart.set(keyOf(one), { local, bytes: stride * 16, lift });
  }
  const vector = () => {
    emitVector(walk, rows, { ...START, loop: { along, apart } });
    for (const { local, bytes } of apart.values()) advance(code, local, bytes);
  };
  repeatWhile(code, vector, int.ne(int.tee(along, int.add(along, 16)), count * 16));
  code.release(along, ...[...apart.values()].map(({ local }) => local));
}

/** All that is done for four elements of each line, or for the last few. */
function emitVector(walk: Walk, rows: readonly Values[], at: Position): void {
  const { code, v, plan } = walk;
  const { nest, levels, last, byRow, accumulations } = plan;
  const first = [...accumulations.values()].filter((one) => one.holding === 'tile');
  const lines = new Map(first.map(({ reduce }) => [reduce, code.local('v')]));
  const shared = (i: number) => rows.length > 1 && !byRow[i];
  v.scoped(() => {
    const common: Values = [...walk.values];
    const sharing = { ...walk, values: common };
    levels.forEach((level, i) => {
      if (level === last && shared(i)) define(sharing, i, at, true);
    });
    rows.forEach((values, row) => {
      v.scoped(() => {
        const own = { ...walk, values: nest.body.map((_, i) => values[i] ?? common[i]) };
        const here = { ...at, row };
        nest.body.forEach((one, i) => {
          if (one.kind === 'store') store(own, one, here);
          else if (one.kind === 'reduce') accumulate(own, one, here, lines);
          else if (levels[i] === last && !shared(i)) define(own, i, here);
        });
      });
    });
  });
  for (const one of first) endLines(walk, one, at, lines.get(one.reduce)!);
  code.release(...lines.values());
}
