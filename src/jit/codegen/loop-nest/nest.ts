/**
 * Loop nests as vector code. The last axis is worked on four elements at a time and written out in full when it is short;
 * lines of the axis before it are taken a few at a time, as a tile, so that what they share is read once and their sums do
 * not wait for one another. Values are computed as far out as they vary, sums are held in variables.
 */
import type { Nest, Place } from '../../schedule/program.ts';
import type { Code, Local } from '../../wasm/assembler.ts';
import { advance, floatsOn, type Int, int, variable } from '../../wasm/integers.ts';
import type { Vectors } from '../../wasm/vectors.ts';
import { repeatWhile } from '../loops.ts';
import { isAccess, keyOf, type NestPlan, planNest, startingValues } from './plan.ts';
import { collapse, widen } from './space.ts';
import { emitTile } from './tile.ts';
import { begin, define, end, START, type Walk } from './value.ts';

/** The function that a nest is written into. */
export interface Frame {
  readonly code: Code;
  readonly v: Vectors;
  /** The variable with the address that the offset of a place counts from. */
  pointer(place: Place): Local;
}

/** The address of a place in a frame. */
export const addressIn = (frame: Frame, place: Place): Int => floatsOn(frame.pointer(place), place.offset);

/** Writes a nest. */
export function emitNest(frame: Frame, given: Nest): void {
  const plan = planNest(widen(collapse(given)));
  for (const { reduce, prepare } of plan.accumulations.values())
    if (prepare) emitNest(frame, startingValues(reduce, plan.nest));
  const own: Local[] = [];
  const walk: Walk = {
    code: frame.code,
    v: frame.v,
    plan,
    values: [],
    addresses: addressesOf(frame, plan, own),
    variables: new Map(),
  };
  emitLevel(walk, 0);
  frame.code.release(...own);
}

/**
 * The variable that each access counts from. Where strides are negative it is one that has been moved up by as much as
 * the loops move it down, so that it never passes below its buffer: offsets in instructions cannot be negative.
 */
function addressesOf(frame: Frame, { nest, last }: NestPlan, own: Local[]): Walk['addresses'] {
  const { code } = frame;
  const addresses: Walk['addresses'] = new Map();
  for (const one of nest.body) {
    if (!isAccess(one)) continue;
    const key = keyOf(one);
    if (addresses.has(key)) continue;
    const lift = one.strides
      .slice(0, last)
      .reduce((sum, stride, axis) => sum + Math.max(0, -stride) * (nest.space[axis]! - 1), 0);
    let local = frame.pointer(one.place);
    if (lift > 0) {
      local = variable(code, floatsOn(local, lift));
      own.push(local);
    }
    addresses.set(key, { local, lift });
  }
  return addresses;
}

/** Values computed and loops run inside axes 0 ... axis-1. */
function emitLevel(walk: Walk, axis: number): void {
  const { v, plan } = walk;
  v.scoped(() => {
    plan.levels.forEach((level, i) => {
      if (level === axis - 1) define(walk, i, START);
    });
    const here = [...plan.accumulations.values()].filter(
      (one) => one.from === axis && one.from <= plan.rowAxis,
    );
    for (const one of here) begin(walk, one);
    if (axis === plan.last) emitTile(walk, 1);
    else if (axis === plan.rowAxis) emitRows(walk);
    else emitLoop(walk, { axis, step: 1, count: plan.nest.space[axis]! }, () => emitLevel(walk, axis + 1));
    for (const one of here) end(walk, one);
  });
}

/** The lines, a tile at a time, then those left over. */
function emitRows(walk: Walk): void {
  const { nest, rowAxis, height } = walk.plan;
  const lines = nest.space[rowAxis]!;
  const count = Math.floor(lines / height);
  const rest = lines % height;
  if (count === 1 && rest === 0) {
    emitTile(walk, height);
    return;
  }
  const after = rest > 0 ? () => emitTile(walk, rest) : undefined;
  emitLoop(walk, { axis: rowAxis, step: height, count }, () => emitTile(walk, height), after);
}

/** Runs the body `count` times with addresses moved on by `step` of the axis each time, then `after` where they end up. */
function emitLoop(
  walk: Walk,
  { axis, step, count }: { readonly axis: number; readonly step: number; readonly count: number },
  body: () => void,
  after?: () => void,
): void {
  const { code, plan, addresses } = walk;
  const outer = new Map(addresses);
  const moving: [Local, number][] = [];
  for (const one of plan.nest.body) {
    if (!isAccess(one)) continue;
    const key = keyOf(one);
    const before = outer.get(key)!;
    const stride = one.strides[axis]!;
    if (stride === 0 || addresses.get(key) !== before) continue;
    const local = variable(code, before.local);
    addresses.set(key, { ...before, local });
    moving.push([local, stride * step * 4]);
  }
  const left = variable(code, count);
  const once = () => {
    body();
    for (const [local, bytes] of moving) advance(code, local, bytes);
  };
  repeatWhile(code, once, int.tee(left, int.sub(left, 1)));
  after?.();
  code.release(left, ...moving.map(([local]) => local));
  for (const [key, address] of outer) addresses.set(key, address);
}
