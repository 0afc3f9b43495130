/** Vectors of one width, one after the other in one array that grows. */
import type { Rows } from './spin-kernel.ts';

/** Rows to which more can be added. */
export class GrowingRows implements Rows {
  readonly width: number;
  count = 0;
  values: Float32Array;

  constructor(width: number, values: Float32Array = new Float32Array(0)) {
    this.width = width;
    this.values = values;
    this.count = values.length / width;
  }

  /** Adds a row; numbers are rounded to single precision. */
  add(row: ArrayLike<number>): void {
    const end = this.count * this.width;
    if (end === this.values.length) {
      const wider = new Float32Array(Math.max(4 * this.width, 2 * end));
      wider.set(this.values);
      this.values = wider;
    }
    this.values.set(row, end);
    this.count++;
  }

  /** Takes a row out; those after it move up. */
  remove(row: number): void {
    this.values.copyWithin(row * this.width, (row + 1) * this.width, this.count * this.width);
    this.count--;
  }

  /** A copy of a row. */
  row(at: number): Float32Array {
    return this.values.slice(at * this.width, (at + 1) * this.width);
  }

  /** The rows that are there, without the room for more. */
  used(): Float32Array {
    return this.values.subarray(0, this.count * this.width);
  }
}
