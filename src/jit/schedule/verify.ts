/**
 * The rules that every program keeps, checked whenever one is planned; a plan that breaks one is wrong, and this says where.
 * It finds what would otherwise show as wrong numbers: memory that is not there, values read before they are made.
 */
import { elements } from '../../core/shape.ts';
import { ENTRIES } from './phases.ts';
import {
  type Action,
  type Instruction,
  type Nest,
  type Phase,
  type Place,
  type Program,
  touchedBy,
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
  for (const { buffer } of touchedBy(action).map(({ place }) => place)) {
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

/** Each buffer is written by the outside or by an earlier action before it is read. */
function verifyOrder({ phases, entries, constants, ports }: Program): void {
  const outside = [...Object.values(ports), ...constants].map(({ place }) => place.buffer.name);
  const written = new Set(outside);
  for (const index of ENTRIES.flatMap((entry) => entries[entry] ?? [])) {
    const { name, actions } = phases[index]!;
    for (const action of actions) {
      const touched = touchedBy(action).map((one) => ({ ...one, buffer: one.place.buffer.name }));
      // What is written and read in one action is read there only once it is written.
      for (const one of touched) if (one.written) written.add(one.buffer);
      for (const { buffer } of touched)
        expect(written.has(buffer), `${name}: reads ${buffer}, which nothing has written`);
    }
  }
}
