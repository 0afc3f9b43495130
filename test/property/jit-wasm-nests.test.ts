import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { ElementFunction, Fold } from '../../src/jit/ir/functions.ts';
import type { Instruction, Nest } from '../../src/jit/schedule/program.ts';
import { at, both, expectSame, outputSize } from '../support/region-ops.ts';

const functions: [ElementFunction, number][] = [
  ['add', 2],
  ['subtract', 2],
  ['multiply', 2],
  ['multiply', 2],
  ['add', 2],
  ['maximum', 2],
  ['less', 2],
  ['select', 3],
  ['negate', 1],
  ['tanh', 1],
  ['sigmoid', 1],
];

/** Strides of a dense layout of the axes where `kept`, in some order; 0 elsewhere. */
function strides(space: readonly number[], kept: readonly boolean[], shuffle: number): number[] {
  const result = space.map(() => 0);
  let next = 1;
  const order = space.map((_, axis) => axis).filter((axis) => kept[axis]);
  if (shuffle % 3 === 0) order.reverse();
  for (const axis of order.reverse()) {
    result[axis] = next;
    next *= space[axis]!;
  }
  return result;
}

interface Draw {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly mask: readonly boolean[];
}

const draw = fc.record({
  kind: fc.nat(99),
  a: fc.nat(999),
  b: fc.nat(999),
  c: fc.nat(999),
  mask: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
});
const extent = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(8, 12, 13, 20, 23, 40));
const recipe = fc
  .record({
    space: fc.array(extent, { maxLength: 4 }),
    draws: fc.array(draw, { minLength: 3, maxLength: 14 }),
  })
  .filter(({ space }) => space.reduce((product, size) => product * size, 1) <= 1000);

const folds: Fold[] = ['sum', 'sum', 'sum', 'maximum', 'minimum', 'product'];

/** A nest whose values all end up somewhere; results lie one after another in the output, with gaps. */
function nest({ space, draws }: { space: readonly number[]; draws: readonly Draw[] }): Nest {
  const body: Instruction[] = [
    {
      kind: 'load',
      place: at(0, 3),
      strides: strides(
        space,
        space.map(() => true),
        1,
      ),
    },
  ];
  const values = [0];
  const pick = (index: number) => values[index % values.length]!;
  let next = 5;
  const size = (kept: readonly boolean[]) =>
    space.reduce((product, extent, axis) => product * (kept[axis] ? extent : 1), 1);
  const define = (one: Instruction) => values.push(body.push(one) - 1);
  for (const { kind, a, b, c, mask } of draws) {
    if (kind < 25) define({ kind: 'load', place: at(0, a), strides: strides(space, mask, b) });
    else if (kind < 30) define({ kind: 'number', value: (a % 9) / 4 });
    else if (kind < 70) {
      const [name, arity] = functions[a % functions.length]!;
      define({ kind: 'apply', name, args: [pick(b), pick(c), pick(a)].slice(0, arity) });
    } else if (kind < 82) {
      const all = space.map(() => true);
      body.push({
        kind: 'store',
        value: pick(a),
        place: at(1, next),
        strides: strides(space, all, b),
        add: c % 2 === 0,
      });
      next += size(all) + 7;
    } else {
      const fold = folds[a % folds.length]!;
      const kept = space.map((_, axis) => mask[axis]!);
      body.push({
        kind: 'reduce',
        fold,
        value: pick(b),
        reduced: kept.map((keep) => !keep),
        place: at(1, next),
        strides: strides(space, kept, c),
        add: fold === 'sum' && c % 2 === 0,
      });
      next += size(kept) + 7;
    }
  }
  const all = space.map(() => true);
  if (next + size(all) < outputSize)
    body.push({
      kind: 'store',
      value: values.at(-1)!,
      place: at(1, next),
      strides: strides(space, all, 1),
      add: false,
    });
  return { kind: 'nest', name: 'random', space, body };
}

const builds = [
  ['multiply and add', false],
  ['relaxed multiply-add', true],
] as const;

describe.each(builds)('nests, %s', (_, relaxed) => {
  it('compute and write what their definition says, and nothing else', () => {
    fc.assert(
      fc.property(recipe, (drawn) => {
        const made = nest(drawn);
        fc.pre(made.body.every((one) => !('place' in one) || one.place.offset < outputSize - 1100));
        expectSame(both([made], { relaxed }));
      }),
      { numRuns: 250 },
    );
  });
});

describe('accesses that run backwards', () => {
  const axes = [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]];
  const spaces = [
    [3, 5, 20],
    [2, 4, 3],
    [7, 3, 40],
    [2, 9, 23],
  ];
  it.each(axes.flatMap((reversed) => spaces.map((space) => ({ reversed, space }))))(
    'along axes $reversed of $space',
    ({ reversed, space }) => {
      const forward = strides(space, [true, true, true], 1);
      const turn = (list: readonly number[]) =>
        list.map((stride, axis) => (reversed.includes(axis) ? -stride : stride));
      const farthest = (list: readonly number[]) =>
        reversed.reduce((sum, axis) => sum + list[axis]! * (space[axis]! - 1), 0);
      const kept = strides(space, [false, true, true], 1);
      const body: Instruction[] = [
        // The first element is at the very end of what is read, and the last at the buffer's first.
        { kind: 'load', place: at(0, farthest(forward)), strides: turn(forward) },
        { kind: 'store', value: 0, place: at(1, 0), strides: forward, add: false },
        {
          kind: 'store',
          value: 0,
          place: at(1, 2000 + farthest(forward)),
          strides: turn(forward),
          add: true,
        },
        {
          kind: 'reduce',
          fold: 'sum',
          value: 0,
          reduced: [true, false, false],
          add: false,
          place: at(1, 4000 + farthest(kept)),
          strides: turn(kept).map((stride) => stride + 0),
        },
      ];
      expectSame(both([{ kind: 'nest', name: 'backwards', space, body }], { relaxed: true }));
    },
  );
});

describe('what is not a nest', () => {
  it('running folds and sorts compute what their definition says', () => {
    const line = fc.record({
      kind: fc.constantFrom('cumulative' as const, 'sort' as const),
      outer: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }),
      length: fc.integer({ min: 1, max: 40 }),
      fold: fc.constantFrom('sum' as const, 'product' as const),
      exclusive: fc.boolean(),
      reverse: fc.boolean(),
      descending: fc.boolean(),
      positions: fc.boolean(),
      across: fc.boolean(),
    });
    fc.assert(
      fc.property(line, ({ outer, length, across, ...rest }) => {
        const lines = outer.reduce((product, size) => product * size, 1);
        const steps = outer.map((_, axis) =>
          outer.slice(axis + 1).reduce((product, size) => product * size, 1),
        );
        const [step, between] = across ? [lines, 1] : [1, length];
        const strides = steps.map((size) => size * between);
        const scan = {
          ...rest,
          name: 'line',
          outer,
          length,
          input: at(0, 7),
          output: at(1, 9),
          inputStrides: strides,
          outputStrides: strides,
          inputStep: step,
          outputStep: step,
        };
        expectSame(both([scan]));
      }),
      { numRuns: 100 },
    );
  });

  it.each(['gather', 'scatter'] as const)('%s moves rows to and from positions computed before', (kind) => {
    const positions = [3, 0, 3, 1, 4, 2];
    const write: Nest[] = positions.map((value, i) => ({
      kind: 'nest',
      name: 'position',
      space: [],
      body: [
        { kind: 'number', value },
        { kind: 'store', value: 0, place: at(1, i), strides: [], add: false },
      ],
    }));
    for (const inner of [1, 3, 4, 9, 20]) {
      const pick = {
        kind,
        name: 'rows',
        outer: 2,
        count: 3,
        limit: 5,
        inner,
        input: at(0, 11),
        index: at(1, 0),
        indexStride: 3,
        output: at(1, 64),
      };
      expectSame(both([...write, pick]));
    }
  });
});
