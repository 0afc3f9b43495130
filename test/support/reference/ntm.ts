/**
 * The Neural Turing Machine in plain loops, one example, float64: Graves et al. 2014, eq. 1 to 9, in the literal forms
 * (exponentials, powers, a sort for allocation). The rules of prominence from Santoro et al. 2016, Graves et al. 2016.
 */
import type { Numbers, Sequence } from '../gradient-check.ts';
import {
  affine,
  type ControllerReferenceOptions,
  type ControllerReferenceState,
  controllerReferenceStart,
  controllerReferenceStep,
} from './controller.ts';

export interface NtmReferenceOptions extends ControllerReferenceOptions {
  readonly slots: number;
  readonly width: number;
  readonly readHeads: number;
  readonly writeHeads: number;
  readonly shiftRange: number;
  readonly order: 'read-then-write' | 'write-then-read';
  readonly addressStart: 'uniform' | 'one-hot' | 'learned';
  readonly memoryStart: 'constant' | 'random' | 'learned';
  readonly prominence: 'none' | 'lru' | 'dnc' | 'recall';
}

type Vector = number[];
type Matrix = Vector[];

export interface NtmReferenceState {
  output: Vector;
  controller: ControllerReferenceState;
  /** One vector a read head. */
  reads: Matrix;
  readWeights: Matrix;
  /** Where write heads point, and what they write with. */
  pointed: Matrix;
  written: Matrix;
  memory: Matrix;
  /** As the step's addressing saw it, and after the step. */
  usageSeen: Vector;
  usage: Vector;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((value, index) => value * b[index]!));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.log(1 + Math.exp(x));
const range = (n: number) => Array.from({ length: n }, (_, index) => index);

function softmax(values: readonly number[]): Vector {
  const powers = values.map(Math.exp);
  const total = sum(powers);
  return powers.map((power) => power / total);
}

/** Eq. 5 and 6, with something added to β cos before the softmax. */
export function referenceContent(memory: Matrix, key: Vector, strength: number, score?: Vector): Vector {
  const norm = (v: Vector) => Math.sqrt(dot(v, v) + 1e-16);
  return softmax(
    memory.map((slot, i) => {
      const cosine = dot(key, slot) / (norm(key) * norm(slot) + 1e-8);
      return strength * cosine + (score?.[i] ?? 0);
    }),
  );
}

/** Eq. 8: sum over j of w[j] s[(i - j) mod N], `shift` listing the offsets -range ... range. */
export function referenceShift(weights: Vector, shift: Vector): Vector {
  const slots = weights.length;
  const reach = (shift.length - 1) / 2;
  const moved = range(slots).map(() => 0);
  for (let j = 0; j < slots; j++)
    for (let offset = -reach; offset <= reach; offset++)
      moved[(j + offset + slots) % slots]! += weights[j]! * shift[offset + reach]!;
  return moved;
}

/** Eq. 9 as printed, of weights raised by 1e-16. */
export function referenceSharpen(weights: Vector, sharpening: number): Vector {
  const powers = weights.map((weight) => (weight + 1e-16) ** sharpening);
  const total = sum(powers);
  return powers.map((power) => power / total);
}

/** DNC allocation with the sort written out: phi = ascending order, the lower index first among equals to 1e-5. */
export function referenceAllocation(usage: Vector): Vector {
  const floored = usage.map((u) => 1e-6 + (1 - 1e-6) * u);
  const grains = floored.map((u) => Math.round(u * 1e5));
  const order = range(usage.length).sort((i, j) => grains[i]! - grains[j]! || i - j);
  const free = usage.map(() => 0);
  let product = 1;
  for (const slot of order) {
    free[slot] = (1 - floored[slot]!) * product;
    product *= floored[slot]!;
  }
  return free;
}

/** One-hot weights on the V least used slots, one each: the first slot within 1e-4 of the least that is left. */
export function referenceLeastUsed(usage: Vector, writeHeads: number): Matrix {
  const left = new Set(range(usage.length));
  return range(writeHeads).map(() => {
    const least = Math.min(...[...left].map((slot) => usage[slot]!));
    const chosen = [...left].find((slot) => usage[slot]! <= least + 1e-4)!;
    left.delete(chosen);
    return usage.map((_, slot) => Number(slot === chosen));
  });
}

interface Head {
  key: Vector;
  strength: number;
  gate: number;
  shift: Vector;
  sharpening: number;
}

/** The head layer's columns: keys and adds; strengths and sharpenings; gates, erases, rule's gates; shifts. */
function controlsOf(options: NtmReferenceOptions, params: Numbers, h: Vector) {
  const { width, readHeads, writeHeads, shiftRange, prominence } = options;
  const size = params['heads.bias']!.length;
  const raw = [...affine(h, params['heads.kernel']!, params['heads.bias']!)];
  let next = 0;
  const take = (count: number) => {
    next += count;
    return raw.slice(next - count, next);
  };
  const heads = readHeads + writeHeads;
  const vectors = (count: number, f: (x: number) => number) => range(count).map(() => take(width).map(f));
  const keys = vectors(heads, Math.tanh);
  const adds = vectors(writeHeads, Math.tanh);
  const strengths = take(heads).map(softplus);
  const sharpenings = take(heads).map((x) => 1 + softplus(x));
  const gates = take(heads).map(sigmoid);
  const erases = vectors(writeHeads, sigmoid);
  const isDnc = prominence === 'dnc';
  const freeGates = take(isDnc ? readHeads : 0).map(sigmoid);
  const allocationGates = take(isDnc ? writeHeads : 0).map(sigmoid);
  const writeGates = take(isDnc ? writeHeads : 0).map(sigmoid);
  const offsets = 2 * shiftRange + 1;
  const shifts = range(heads).map(() => (offsets === 1 ? [1] : softmax(take(offsets))));
  if (next !== size) throw new Error(`reference: expected ${next} head columns, got ${size}`);
  const each: Head[] = keys.map((key, head) => ({
    key,
    strength: strengths[head]!,
    gate: gates[head]!,
    shift: shifts[head]!,
    sharpening: sharpenings[head]!,
  }));
  return { heads: each, adds, erases, freeGates, allocationGates, writeGates };
}

function address(memory: Matrix, previous: Vector, head: Head, score: Vector | undefined): Vector {
  const content = referenceContent(memory, head.key, head.strength, score);
  const gated = content.map((weight, i) => head.gate * weight + (1 - head.gate) * previous[i]!);
  return referenceSharpen(referenceShift(gated, head.shift), head.sharpening);
}

/** What the rule makes of the write heads' addresses. */
function place(
  options: NtmReferenceOptions,
  params: Numbers,
  given: { addressed: Matrix; usage: Vector; allocationGates: Vector; writeGates: Vector },
): { pointed: Matrix; written: Matrix } {
  const { addressed, usage, allocationGates, writeGates } = given;
  const mix = (share: number, a: Vector, b: Vector) => a.map((x, i) => share * x + (1 - share) * b[i]!);
  if (options.prominence === 'lru') {
    const fresh = referenceLeastUsed(usage, options.writeHeads);
    const pointed = addressed.map((weights, v) =>
      mix(sigmoid(params['prominence.mix']![v]!), weights, fresh[v]!),
    );
    return { pointed, written: pointed };
  }
  if (options.prominence === 'dnc') {
    let used = usage;
    const pointed = addressed.map((weights, v) => {
      const free = referenceAllocation(used);
      used = used.map((u, i) => u + (1 - u) * allocationGates[v]! * writeGates[v]! * free[i]!);
      return mix(allocationGates[v]!, free, weights);
    });
    return { pointed, written: pointed.map((row, v) => row.map((weight) => weight * writeGates[v]!)) };
  }
  return { pointed: addressed, written: addressed };
}

/** Erase by every head, then add by every head. */
function writeTo(memory: Matrix, written: Matrix, erases: Matrix, adds: Matrix): Matrix {
  return memory.map((slot, i) =>
    slot.map((value, j) => {
      let kept = value;
      written.forEach((weights, v) => {
        kept *= 1 - weights[i]! * erases[v]![j]!;
      });
      return kept + sum(written.map((weights, v) => weights[i]! * adds[v]![j]!));
    }),
  );
}

/** Usage after a step. */
function usageAfter(options: NtmReferenceOptions, params: Numbers, state: NtmReferenceState): Vector {
  const column = (weights: Matrix, i: number) => weights.map((row) => row[i]!);
  return state.usageSeen.map((u, i) => {
    const reads = sum(column(state.readWeights, i));
    const writes = column(state.written, i);
    if (options.prominence === 'lru') return 0.95 * u + reads + sum(writes);
    if (options.prominence === 'recall') return sigmoid(params['prominence.decay']![0]!) * u + reads;
    if (options.prominence === 'dnc')
      return u + (1 - u) * (1 - writes.reduce((product, w) => product * (1 - w), 1));
    return u;
  });
}

function startState(options: NtmReferenceOptions, params: Numbers, rows: Matrix): NtmReferenceState {
  const { slots, width, readHeads, writeHeads, addressStart, memoryStart, prominence } = options;
  const deal = (values: Float64Array, size: number) =>
    range(values.length / size).map((row) => [...values.subarray(row * size, (row + 1) * size)]);
  const addresses = (heads: number, name: string): Matrix => {
    if (addressStart === 'learned') return deal(params[name]!, slots).map(softmax);
    const one = (slot: number) => (addressStart === 'uniform' ? 1 / slots : Number(slot === 0));
    return range(heads).map(() => range(slots).map(one));
  };
  const constant = range(slots).map(() => range(width).map(() => 1e-6));
  const learned = params['start.memory'] ? deal(params['start.memory'], width) : constant;
  const start = { constant, random: rows, learned }[memoryStart];
  const usage = range(slots).map(() => (prominence === 'recall' ? 1 : 0));
  const pointed = addresses(writeHeads, 'start.writeAddress');
  return {
    output: [],
    controller: controllerReferenceStart(options, params),
    reads: deal(params['start.read']!, width),
    readWeights: addresses(readHeads, 'start.readAddress'),
    pointed,
    written: pointed,
    memory: start,
    usageSeen: usage,
    usage,
  };
}

function step(options: NtmReferenceOptions, params: Numbers, state: NtmReferenceState, input: Vector) {
  const { readHeads, order, prominence, width } = options;
  const { output: steered, state: controller } = controllerReferenceStep(options, params, {
    state: state.controller,
    input: Float64Array.from([...input, ...state.reads.flat()]),
  });
  const h = [...steered];
  const { heads, adds, erases, freeGates, ...writeControls } = controlsOf(options, params, h);
  const usageSeen = state.usage.map((u, i) =>
    freeGates.reduce((kept, gate, head) => kept * (1 - gate * state.readWeights[head]![i]!), u),
  );
  const rho = prominence === 'recall' ? softplus(params['prominence.strength']![0]!) : 0;
  const score = (sign: number) => usageSeen.map((u) => sign * rho * Math.log(u + 1e-3));
  const addressed = state.pointed.map((previous, v) =>
    address(state.memory, previous, heads[readHeads + v]!, rho ? score(-1) : undefined),
  );
  const { pointed, written } = place(options, params, { addressed, usage: usageSeen, ...writeControls });
  const memory = writeTo(state.memory, written, erases, adds);
  const source = order === 'read-then-write' ? state.memory : memory;
  const readWeights = state.readWeights.map((previous, r) =>
    address(source, previous, heads[r]!, rho ? score(1) : undefined),
  );
  const reads = readWeights.map((weights) =>
    range(width).map((j) => sum(weights.map((weight, i) => weight * source[i]![j]!))),
  );
  const output = [...h, ...reads.flat()];
  const next = {
    output,
    controller,
    reads,
    readWeights,
    pointed,
    written,
    memory,
    usageSeen,
    usage: usageSeen,
  };
  return { ...next, usage: usageAfter(options, params, next) };
}

/** The state after each step. @param rows the memory's first rows where `memoryStart` is 'random' */
export const ntmReferenceStates =
  (options: NtmReferenceOptions, rows: Matrix = []) =>
  (params: Numbers, inputs: Sequence): NtmReferenceState[] => {
    let state = startState(options, params, rows);
    return inputs.map((input) => {
      state = step(options, params, state, [...input]);
      return state;
    });
  };

/** The outputs alone. */
export const ntmReference =
  (options: NtmReferenceOptions, rows: Matrix = []) =>
  (params: Numbers, inputs: Sequence): Sequence =>
    ntmReferenceStates(options, rows)(params, inputs).map(({ output }) => Float64Array.from(output));
