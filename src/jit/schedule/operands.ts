/** Operands of matrix products: rows that lie evenly in a buffer. */
import { elements } from '../../core/shape.ts';
import { LANES, ofPart, type Rows, roundUp } from './buffers.ts';
import { type Place, placeIn } from './program.ts';

/** A product's rows: how long they are, how many there are for each row of the phase, and the floats of these. */
export interface Operand {
  readonly length: number;
  readonly perRow: number;
  readonly size: number;
}

/** A value as operand: its last axis makes the rows. */
export function operandOf({ shape }: { readonly shape: readonly number[] }): Operand {
  const [length, size] = [shape.at(-1)!, elements(shape)];
  return { length, perRow: size / length, size };
}

/** A place for an operand, in a buffer of its own. */
export const operandPlace = (name: string, { size, perRow }: Operand, rows: Rows): Place =>
  placeIn(ofPart(name, size, rows, { exact: perRow > 1 }));

/** Whether what is at a place can be an operand there: rows that lie evenly, for each step where that counts. */
export function isOperand({ buffer, offset }: Place, { perRow, size }: Operand, rows: Rows): boolean {
  if (offset !== 0) return false;
  if (buffer.kind !== 'rows') return rows === 'none' && buffer.size === size;
  const lasts = rows !== 'all' || buffer.slots === 'all';
  return lasts && (buffer.size === size || (perRow === 1 && buffer.size === roundUp(size, LANES)));
}

/** Floats between an operand's rows. */
export const strideOf = (
  { buffer }: Place,
  { length, perRow }: Pick<Operand, 'length' | 'perRow'>,
): number => (perRow > 1 || buffer.kind !== 'rows' ? length : buffer.size);
