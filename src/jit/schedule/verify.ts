/**
 * The rules that every program keeps, checked whenever one is planned; a plan that breaks one is wrong, and this says where.
 * It finds what would otherwise show as wrong numbers: memory that is not there, values read before they are made.
 */
import { elements } from '../../core/shape.ts';
import {
  type Action,
  type Instruction,
  type Nest,
  type Phase,
  type Place,
  type Program,
  placesOf,
} from './program.ts';

/**
 * Checks a program: places lie inside of their buffers, instructions read earlier ones, phases have the rows and steps that
 * their buffers have records for, and no buffer is read that nothing has written before.
 * @throws Error that names the phase and the action
 */
export function verifyProgram(program: Program): void {
  const sizes = new Map(program.buffers.map(({ name, size }) => [name, size]));
  for (const [name, { place, shape }] of Object.entries(program.ports))
    expect(inside(place, elements(shape), sizes), `port ${name}: reaches outside of ${place.buffer.name}`);
  for (const phase of program.phases) for (const action of phase.actions) verifyAction(phase, action, sizes);
  verifyOrder(program);
}

function expect(holds: boolean, problem: string): void {
  if (!holds) throw new Error(`internal: verify: ${problem}`);
}

type Sizes = ReadonlyMap<string, number>;

/** Whether so many floats from a place on are its buffer's. */
const inside = ({ buffer, offset }: Place, floats: number, sizes: Sizes): boolean =>
  offset >= 0 && offset + floats <= sizes.get(buffer.name)!;

function verifyAction(phase: Phase, action: Action, sizes: Sizes): void {
  const at = `${phase.name}: ${'name' in action ? action.name : action.kind}`;
  for (const { buffer } of placesOf(action)) {
    if (action.kind === 'clear' || buffer.kind === 'fixed') continue;
    const what = `${at}: touches ${buffer.name}`;
    expect(phase.scope === 'shard' || action.kind === 'sum-shards', `${what}, which is a shard's`);
    if (buffer.kind !== 'rows') continue;
    expect(phase.rows !== 'none', `${what}, which has rows`);
    const perStep = phase.rows !== 'all' || buffer.slots === 'all';
    expect(perStep, `${what}, which has no record for each step`);
  }
  if (action.kind === 'region')
    for (const op of action.ops) if (op.kind === 'nest') verifyNest(op, `${at}: ${op.name}`, sizes);
}

function verifyNest({ space, body }: Nest, at: string, sizes: Sizes): void {
  body.forEach((one, i) => {
    const line = `${at}: $${i}`;
    for (const arg of valuesOf(one)) expect(arg >= 0 && arg < i, `${line} reads $${arg}`);
    if (!('place' in one)) return;
    expect(one.strides.length === space.length, `${line} has ${one.strides.length} strides`);
    const reach = one.strides.map((stride, axis) => stride * (space[axis]! - 1));
    const low = reach.reduce((sum, floats) => sum + Math.min(0, floats), one.place.offset);
    const high = reach.reduce((sum, floats) => sum + Math.max(0, floats), one.place.offset);
    const ends = [low, high].map((offset) => inside({ ...one.place, offset }, 1, sizes));
    expect(ends.every(Boolean), `${line} reaches outside of ${one.place.buffer.name}`);
  });
}

function valuesOf(one: Instruction): readonly number[] {
  if (one.kind === 'apply') return one.args;
  return one.kind === 'store' || one.kind === 'reduce' ? [one.value] : [];
}

/** The order in which a program's entries are run. */
const ENTRIES = ['prologue', 'shard', 'reduceShards', 'update'];

/** Each buffer is written by the outside or by an earlier action before it is read. */
function verifyOrder({ phases, entries, constants, ports }: Program): void {
  const outside = [...Object.values(ports), ...constants].map(({ place }) => place.buffer.name);
  const written = new Set(outside);
  for (const index of ENTRIES.flatMap((entry) => entries[entry] ?? [])) {
    const { name, actions } = phases[index]!;
    for (const action of actions) {
      const { reads, writes } = touched(action);
      for (const { buffer } of reads)
        expect(written.has(buffer.name), `${name}: reads ${buffer.name}, which nothing has written`);
      for (const { buffer } of writes) written.add(buffer.name);
    }
  }
}

/** The places that an action reads of what others wrote, and those it writes. */
function touched(action: Action): { readonly reads: readonly Place[]; readonly writes: readonly Place[] } {
  const places = placesOf(action);
  switch (action.kind) {
    case 'product':
      return { reads: [action.left, action.right], writes: [action.output] };
    case 'pack':
      return { reads: [action.from], writes: [action.to] };
    case 'clear':
      return { reads: [], writes: places };
    case 'sum-shards':
      return { reads: places.slice(0, 1), writes: places.slice(1) };
    case 'region': {
      const writes = action.ops.flatMap((op) => {
        if (op.kind !== 'nest') return [op.output];
        return op.body.flatMap((one) => ('place' in one && one.kind !== 'load' ? [one.place] : []));
      });
      const own = new Set(writes.map(({ buffer }) => buffer.name));
      return { reads: places.filter(({ buffer }) => !own.has(buffer.name)), writes };
    }
  }
}
