/** Offsets for values that live for a while: first fit, so that what is dead makes room for what comes. */
import type { NodeId } from '../ir/graph.ts';
import { LANES, roundUp } from './buffers.ts';

/** Size in floats, and the first and the last step at which the value is needed. */
export interface Interval {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** An offset for each value such that no two that live at once overlap, and the floats it takes in all. */
export function layOut(intervals: ReadonlyMap<NodeId, Interval>): {
  offsets: Map<NodeId, number>;
  size: number;
} {
  const placed: (Interval & { offset: number; end: number })[] = [];
  const offsets = new Map<NodeId, number>();
  let size = 0;
  const largestFirst = [...intervals].sort(([a, x], [b, y]) => y.size - x.size || a - b);
  for (const [id, interval] of largestFirst) {
    const alive = placed
      .filter((other) => other.from <= interval.to && interval.from <= other.to)
      .sort((a, b) => a.offset - b.offset);
    const length = roundUp(interval.size, LANES);
    let offset = 0;
    for (const other of alive) {
      if (offset + length <= other.offset) break;
      offset = Math.max(offset, other.end);
    }
    placed.push({ ...interval, offset, end: offset + length });
    offsets.set(id, offset);
    size = Math.max(size, offset + length);
  }
  return { offsets, size };
}
