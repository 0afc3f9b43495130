/** The calls of matrix products and of what makes panels for them: which function, with which addresses, when. */
import type { Pack, Place, Product } from '../../schedule/program.ts';
import type { FunctionHandle } from '../../wasm/assembler.ts';
import { type Int, int, push } from '../../wasm/integers.ts';
import type { Module } from '../../wasm/module.ts';
import { addressOf, type Here, word } from '../address-table.ts';
import { packings } from './packing.ts';
import { panelSums } from './panel-sums.ts';
import { products } from './products.ts';

/** Assembles what an action calls, and gives what writes the call. */
export interface Matrices {
  product(product: Product): (here: Here, rows: Int) => void;
  pack(pack: Pack): (here: Here) => void;
}

/** The matrix products of a module. */
export function matrices(module: Module, relaxed: boolean): Matrices {
  const packing = packings(module);
  const multiplied = products(module, relaxed);
  const summed = panelSums(module, relaxed, packing);
  return {
    pack({ k, n, transposed, from, stride, to }) {
      const callee = packing({ n, stride, width: 2, ...(transposed ? { turned: k } : {}) });
      return (here) =>
        whenMany(here, () => {
          push(here.code, addressOf(from, here), addressOf(to, here), k);
          here.code.call(callee);
        });
    },
    product(product) {
      const { left, right, output, panels, workspace, perRow } = product;
      const call = (here: Here, rows: Int, [callee, b]: readonly [FunctionHandle, Place]) => {
        for (const place of [left, b, output]) push(here.code, addressOf(place, here));
        push(here.code, perRow === 1 ? rows : int.mul(rows, perRow));
        if (workspace) push(here.code, addressOf(workspace, here));
        here.code.call(callee);
      };
      const plain = [workspace ? summed(product) : multiplied(product), right] as const;
      if (!panels) return (here, rows) => call(here, rows, plain);
      const packed = [multiplied({ ...product, form: 'nn', packed: true }), panels] as const;
      return (here, rows) =>
        whenMany(
          here,
          () => call(here, rows, packed),
          () => call(here, rows, plain),
        );
    },
  };
}

/** Writes what is done for a batch of more than one row, and what for a single one: its only shard has one row then. */
function whenMany({ code, table }: Here, many: () => void, one?: () => void): void {
  push(code, int.gt_u(word.rows(table), 1));
  code.if(many, one);
}
