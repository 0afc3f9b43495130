/** The calls of matrix products and of what makes panels for them: which function, with which addresses, when. */
import type { Pack, Place, Product, Program } from '../../schedule/program.ts';
import type { FunctionHandle } from '../../wasm/assembler.ts';
import type { Module } from '../../wasm/module.ts';
import { type Here, pushAddress, word } from '../address-table.ts';
import { packings } from './packing.ts';
import { panelSums } from './panel-sums.ts';
import { products } from './products.ts';

/** Assembles what an action calls, and gives what writes the call. */
export interface Matrices {
  product(product: Product): (here: Here, pushRows: () => void) => void;
  pack(pack: Pack): (here: Here) => void;
}

/** The matrices of a program. */
export function matrices({
  program,
  module,
  relaxed,
}: {
  readonly program: Program;
  readonly module: Module;
  readonly relaxed: boolean;
}): Matrices {
  const packing = packings(module);
  const multiplied = products(module, relaxed);
  const summed = panelSums(module, relaxed, packing);
  const push = (place: Place, here: Here) => pushAddress(program.buffers[place.buffer]!, place, here);
  return {
    pack({ k, n, transposed, from, stride, to }) {
      const callee = packing({ n, stride, width: 2, ...(transposed ? { turned: k } : {}) });
      return (here) =>
        whenMany(here, () => {
          push(from, here);
          push(to, here);
          here.code.op.i32.const(k);
          here.code.call(callee);
        });
    },
    product(product) {
      const { left, right, output, panels, room, perRow } = product;
      const call = (here: Here, pushRows: () => void, [callee, b]: readonly [FunctionHandle, Place]) => {
        for (const place of [left, b, output]) push(place, here);
        pushRows();
        if (perRow !== 1) {
          here.code.op.i32.const(perRow);
          here.code.op.i32.mul();
        }
        if (room) push(room, here);
        here.code.call(callee);
      };
      const plain = [room ? summed(product) : multiplied(product), right] as const;
      if (!panels) return (here, pushRows) => call(here, pushRows, plain);
      const packed = [multiplied({ ...product, form: 'nn', packed: true }), panels] as const;
      return (here, pushRows) =>
        whenMany(
          here,
          () => call(here, pushRows, packed),
          () => call(here, pushRows, plain),
        );
    },
  };
}

/** Writes what is done for a batch of more than one row, and what for a single one: its only shard has one row then. */
function whenMany({ code, table }: Here, many: () => void, one?: () => void): void {
  const { i32 } = code.op;
  word(code, table, 0);
  i32.const(1);
  i32.gt_u();
  code.if(many, one);
}
