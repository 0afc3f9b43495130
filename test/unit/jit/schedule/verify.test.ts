import { describe, expect, it } from 'vitest';
import { fixed, ofRows, ofShard } from '../../../../src/jit/schedule/buffers.ts';
import { link } from '../../../../src/jit/schedule/link.ts';
import {
  type Action,
  type Instruction,
  type Phase,
  type Place,
  placeIn,
} from '../../../../src/jit/schedule/program.ts';

const x = placeIn(ofRows('x', 12, 'one'));
const out = placeIn(ofRows('out', 12, 'one'));

const region = (...body: Instruction[]): Action => ({
  kind: 'region',
  name: 'region',
  ops: [{ kind: 'nest', name: 'nest', space: [4, 3], body }],
});
const load = (place: Place, strides = [3, 1]): Instruction => ({ kind: 'load', place, strides });
const store = (place: Place, value = 0, strides = [3, 1]): Instruction => ({
  kind: 'store',
  value,
  place,
  strides,
  add: false,
});

/** The program of one phase, whose inputs and outputs the outside knows. */
function linked(actions: readonly Action[], change: Partial<Phase> = {}, given: readonly Place[] = [x]) {
  const phase: Phase = { name: 'phase', over: 'once', rows: 'batch', scope: 'shard', actions, ...change };
  const ports = given.map((place) => [place.buffer.name, { place, shape: [12] }] as const);
  return link({ graphs: [], entries: { shard: [phase] }, ports: Object.fromEntries(ports) });
}

describe('linking', () => {
  it('finds the buffers that actions point to, each once, as large as the largest part of it', () => {
    const scratch = (size: number) => placeIn(ofShard('scratch', size));
    const { buffers } = linked([
      region(load(x), store(scratch(12))),
      region(load(scratch(20)), store(out)),
      { kind: 'clear', buffer: scratch(16).buffer },
    ]);
    expect(buffers.map(({ name, size }) => [name, size])).toEqual([
      ['x', 12],
      ['scratch', 20],
      ['out', 12],
    ]);
  });

  it('leaves out phases that do nothing', () => {
    expect(linked([])).toMatchObject({ phases: [], entries: { shard: [] } });
  });
});

describe('verification', () => {
  const good = [region(load(x), store(out))];

  it('lets a program pass that keeps the rules', () => {
    expect(() => linked(good)).not.toThrow();
  });

  it.each<[string, Action[], RegExp]>([
    ['reads behind a buffer', [region(load({ ...x, offset: 1 }), store(out))], /\$0 reaches outside of x$/],
    ['reads before a buffer', [region(load(x, [-3, 1]), store(out))], /\$0 reaches outside of x$/],
    ['writes behind a buffer', [region(load(x), store(out, 0, [4, 1]))], /\$1 reaches outside of out$/],
    ['reads a value that comes later', [region(store(out, 1), load(x))], /\$0 reads \$1$/],
    ['has a stride too few', [region(load(x, [1]), store(out))], /\$0 has 1 strides$/],
    [
      'reads what nothing has written',
      [region(load(placeIn(ofRows('y', 12, 'one'))), store(out))],
      /^internal: verify: phase: reads y, which nothing has written$/,
    ],
  ])('refuses one that %s', (_, actions, problem) => {
    expect(() => linked(actions)).toThrow(problem);
  });

  it.each<[string, Partial<Phase>, RegExp]>([
    [
      'all steps at once, with a record for one',
      { rows: 'all' },
      /touches x, which has no record for each step$/,
    ],
    ['no rows, with records for rows', { rows: 'none' }, /touches x, which has rows$/],
    ["the whole program, on what is a shard's", { scope: 'program' }, /touches x, which is a shard's$/],
  ])('refuses a phase of %s', (_, change, problem) => {
    expect(() => linked(good, change)).toThrow(problem);
  });

  it('refuses a port that is larger than its buffer', () => {
    expect(() => linked([], {}, [placeIn(fixed('params', 8))])).toThrow(
      /^internal: verify: port params: reaches outside of params$/,
    );
  });
});
