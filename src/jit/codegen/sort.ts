/**
 * Sorting a line so that equal values keep their order. A short line is sorted by counting, for sixteen elements at once,
 * how many come before each: n^2/4 comparisons that neither branch nor wait for one another. A long one is sorted by
 * Batcher's network on positions, n log(n)^2/4 exchanges, since it needs no memory but the output.
 * NaN counts as equal to the infinity that comes last, so that every element has its place.
 */
import type { LaneOp } from '../schedule/program.ts';
import type { Code, Local } from '../wasm/assembler.ts';
import { elementAt, floatsOn, type Int, int, push, set, variable } from '../wasm/integers.ts';
import type { Expression, Vectors } from '../wasm/vectors.ts';
import type { Frame } from './loop-nest/nest.ts';
import { repeatCounting, repeatUpTo } from './loops.ts';
import { network } from './sorting-network.ts';

/** Up to here counting is the faster of the two. */
const LONGEST_COUNTED = 1024;
const LANES = 4;
/** Vectors for which one pass over the line counts: as many as there are registers for, with their ranks. */
const BLOCK = 4;

/** A line to sort, and where its input and output begin; they do not overlap. */
export interface SortLine {
  readonly lanes: LaneOp & { readonly kind: 'sort' };
  readonly input: Local;
  readonly output: Local;
}

/** Writes the sort of a line. */
export function emitSort({ code, v }: Frame, line: SortLine): void {
  const tools = { code, v, order: orderOf(v, line.lanes.descending) };
  if (line.lanes.length > LONGEST_COUNTED) exchangeLine(tools, line);
  else countLine(tools, line);
}

/** The order of two vectors of values, lane by lane. */
interface Order {
  /** The value, or the infinity that comes last in place of NaN. */
  readonly ordered: (value: Expression) => Expression;
  /** Whether a comes before b. */
  readonly before: (a: Expression, b: Expression) => Expression;
  /** Whether a comes before b or is equal to it. */
  readonly notAfter: (a: Expression, b: Expression) => Expression;
}

function orderOf(v: Vectors, descending: boolean): Order {
  // `min` and `max` give the first where the second is NaN.
  if (!descending)
    return {
      ordered: (value) => v.min(v.number(Infinity), value),
      before: v.less,
      notAfter: v.lessEqual,
    };
  return {
    ordered: (value) => v.max(v.number(-Infinity), value),
    before: (a, b) => v.less(b, a),
    notAfter: (a, b) => v.lessEqual(b, a),
  };
}

interface Tools {
  readonly code: Code;
  readonly v: Vectors;
  readonly order: Order;
}

/** Some elements of the line, and how many have been found to come before each of them. */
interface Block {
  /** The position of the first. */
  readonly first: Local;
  /** How many they are; lanes beyond hold the last once more. */
  readonly size: number;
  readonly values: readonly Local[];
  readonly ranks: readonly Local[];
}

function countLine(tools: Tools, line: SortLine): void {
  const { code } = tools;
  const { length } = line.lanes;
  const size = Math.min(length, BLOCK * LANES);
  const vectors = () => Array.from({ length: Math.ceil(size / LANES) }, () => code.local('v'));
  const block: Block = { first: code.local('i'), size, values: vectors(), ranks: vectors() };
  const start = code.local('i');
  repeatCounting(code, Math.ceil(length / size), (index) => {
    // The last block reaches back into the one before it, and finds the same for what they share.
    const last = length - size;
    set(code, block.first, int.select(last, int.tee(start, int.mul(index, size)), int.gt_s(start, last)));
    readBlock(tools, line, block);
    countBlock(tools, line, block);
    writeBlock(tools, line, block);
  });
  code.release(start, block.first, ...block.values, ...block.ranks);
}

function readBlock({ code, v, order }: Tools, { lanes, input }: SortLine, block: Block): void {
  const { v128 } = code.op;
  const from = variable(code, elementAt(input, block.first, lanes.inputStep));
  block.values.forEach((value, p) => {
    const element = (lane: number) =>
      floatsOn(from, Math.min(p * LANES + lane, block.size - 1) * lanes.inputStep);
    v.set(value, v.splat(element(0)));
    for (let lane = 1; lane < LANES; lane++) {
      push(code, element(lane), value);
      v128.load32_lane(0, lane);
      code.set(value);
    }
    v.set(value, order.ordered(v.read(value)));
    v.set(block.ranks[p]!, v.bits(0));
  });
  code.release(from);
}

/** Of what lies ahead of the block equal values come before its own, of what lies behind they do not. */
function countBlock(tools: Tools, { lanes, input }: SortLine, block: Block): void {
  const { code, v, order } = tools;
  const other = code.local('v');
  const index = code.local('i');
  const count = (p: number, comesBefore: Order['before']) => {
    const rank = block.ranks[p]!;
    // Truth is -1 in every lane.
    v.set(rank, v.subtractInts(v.read(rank), comesBefore(v.read(other), v.read(block.values[p]!))));
  };
  const countAll = (comesBefore: Order['before']) => {
    v.set(other, order.ordered(v.splat(elementAt(input, index, lanes.inputStep))));
    for (let p = 0; p < block.values.length; p++) count(p, comesBefore);
  };
  set(code, index, 0);
  repeatUpTo(code, index, block.first, () => countAll(order.notAfter));
  countWithin(tools, block, { other, count });
  set(code, index, int.add(block.first, block.size));
  repeatUpTo(code, index, lanes.length, () => countAll(order.before));
  code.release(other, index);
}

interface Counting {
  /** Holds one value in all lanes. */
  readonly other: Local;
  /** Adds 1 to the ranks of vector `p` where `other` comes before it. */
  readonly count: (p: number, comesBefore: Order['before']) => void;
}

function countWithin({ v, order }: Tools, block: Block, { other, count }: Counting): void {
  for (let element = 0; element < block.size; element++) {
    const [own, lane] = [Math.floor(element / LANES), element % LANES];
    const value = v.read(block.values[own]!);
    const inEveryLane = Array.from({ length: 16 }, (_, byte) => lane * 4 + (byte % 4));
    v.set(other, v.shuffle(value, value, inEveryLane));
    const later = v.mask((one) => one > lane);
    block.values.forEach((_, p) => {
      if (p < own) count(p, order.before);
      else if (p > own) count(p, order.notAfter);
      else count(p, (a, b) => v.or(order.before(a, b), v.and(v.equal(a, b), later)));
    });
  }
}

function writeBlock({ code }: Tools, { lanes, input, output }: SortLine, block: Block): void {
  const { i32x4, f32 } = code.op;
  const rank = code.local('i');
  const from = variable(code, elementAt(input, block.first, lanes.inputStep));
  for (let element = 0; element < block.size; element++) {
    code.get(block.ranks[Math.floor(element / LANES)]!);
    i32x4.extract_lane(element % LANES);
    code.set(rank);
    push(code, elementAt(output, rank, lanes.outputStep));
    // Not from the vector, which has no NaN.
    if (lanes.positions) pushFloat(code, int.add(block.first, element));
    else pushLoaded(code, floatsOn(from, element * lanes.inputStep));
    f32.store();
  }
  code.release(rank, from);
}

/** Sorts positions, kept as integers in the output, and then puts there what is wanted. */
function exchangeLine(tools: Tools, { lanes, input, output }: SortLine): void {
  const { code } = tools;
  const { i32, f32 } = code.op;
  const place = (i: Local) => elementAt(output, i, lanes.outputStep);
  repeatCounting(code, lanes.length, (i) => {
    push(code, place(i), i);
    i32.store();
  });
  network(code, lanes.length, (low, high) => exchange(tools, { lanes, input, output }, [low, high]));
  const position = code.local('i');
  repeatCounting(code, lanes.length, (i) => {
    push(code, place(i));
    set(code, position, int.load(place(i)));
    if (lanes.positions) pushFloat(code, position);
    else pushLoaded(code, elementAt(input, position, lanes.inputStep));
    f32.store();
  });
  code.release(position);
}

function pushFloat(code: Code, value: Int): void {
  push(code, value);
  code.op.f32.convert_i32_s();
}

function pushLoaded(code: Code, address: Int): void {
  push(code, address);
  code.op.f32.load();
}

/** Puts the position whose value comes first, the lower one of equals, to the lower of two places, without a branch. */
function exchange(
  { code, v, order }: Tools,
  { lanes, input, output }: SortLine,
  places: readonly [Local, Local],
): void {
  const { i32, i32x4 } = code.op;
  const at = places.map(() => code.local('i')) as [Local, Local];
  const position = places.map(() => code.local('i')) as [Local, Local];
  const value = places.map(() => code.local('v')) as [Local, Local];
  for (const end of [0, 1] as const) {
    set(code, position[end], int.load(int.tee(at[end], elementAt(output, places[end], lanes.outputStep))));
    v.set(value[end], order.ordered(v.loadOne(elementAt(input, position[end], lanes.inputStep))));
  }
  const values = [v.read(value[1]), v.read(value[0])] as const;
  // All bits of `change` are 1 where the two are to change places.
  const change = code.local('i');
  const first = (mask: Expression) => () => {
    mask();
    i32x4.extract_lane(0);
  };
  const lower = int.shr_s(int.sub(position[1], position[0]), 31);
  const wrong = int.or(first(order.before(...values)), int.and(first(v.equal(...values)), lower));
  set(code, change, int.and(wrong, int.xor(position[0], position[1])));
  for (const end of [0, 1] as const) {
    push(code, at[end], int.xor(position[end], change));
    i32.store();
  }
  code.release(...at, ...position, ...value, change);
}
