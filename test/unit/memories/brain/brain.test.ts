/** A brain held to a dense one, written out in plain loops, and to the laws of its operations. */
import { describe, expect, it } from 'vitest';
import { Brain, type BrainOptions, type Edge } from '../../../../src/memories/brain/brain.ts';
import { tagOverlap } from '../../../../src/memories/codes.ts';
import type { Tag } from '../../../../src/memories/contracts.ts';

const through = (brain: Brain) => Brain.fromJSON(JSON.parse(JSON.stringify(brain)));

function small(options: Partial<BrainOptions> = {}): Brain {
  const brain = new Brain({ probability: 0.3, seed: 5, ...options });
  brain.stimulus('x', 12);
  brain.stimulus('y', 12);
  brain.area('A', { neurons: 60, winners: 6, beta: 0.25 });
  brain.area('B', { neurons: 50, winners: 5, beta: 0.1 });
  return brain;
}

/** All weights from one population to another, [sources][targets], 0 where there is no synapse. */
function dense(brain: Brain, [from, to]: Edge, sources: number, targets: number): number[][] {
  return Array.from({ length: sources }, (_, source) => {
    const row = new Array<number>(targets).fill(0);
    const { targets: reached, weights } = brain.synapses(from, to, source);
    reached.forEach((target, at) => {
      row[target] = weights[at]!;
    });
    return row;
  });
}

const sizes: Record<string, number> = { x: 12, y: 12, A: 60, B: 50 };
const betas: Record<string, number> = { A: 0.25, B: 0.1 };
const life: Edge[][] = [
  [['x', 'A']],
  [
    ['x', 'A'],
    ['A', 'A'],
  ],
  [
    ['A', 'A'],
    ['A', 'B'],
    ['y', 'A'],
  ],
  [
    ['B', 'A'],
    ['A', 'B'],
    ['B', 'B'],
  ],
  [
    ['x', 'A'],
    ['A', 'A'],
    ['B', 'A'],
    ['A', 'B'],
  ],
];

describe('a step', () => {
  it.each([['none'], ['incoming'], [{ most: 1.5 }]] as const)(
    'drives, chooses and learns as a dense brain does, with homeostasis %j',
    (homeostasis) => {
      const brain = small({ homeostasis });
      const edges = [...new Set(life.flat().map((edge) => edge.join('>')))].map(
        (name) => name.split('>') as [string, string],
      );
      const eager = new Map(
        edges.map((edge) => [
          edge.join('>'),
          dense(small({ homeostasis }), edge, sizes[edge[0]]!, sizes[edge[1]]!),
        ]),
      );
      const gained = new Map(edges.map((edge) => [edge.join('>'), new Array(sizes[edge[1]]!).fill(0)]));
      const scale = (edge: Edge, target: number) => {
        const first = sizes[edge[0]]! * 0.3;
        return homeostasis === 'incoming' ? first / (first + gained.get(edge.join('>'))![target]) : 1;
      };
      for (let round = 0; round < 4; round++)
        for (const open of life) {
          const before = Object.fromEntries(Object.keys(sizes).map((name) => [name, brain.firing(name).on]));
          brain.step(open, { learn: true });
          for (const to of new Set(open.map(([, target]) => target))) {
            const incoming = open.filter(([, target]) => target === to);
            const input = Array.from({ length: sizes[to]! }, (_, target) =>
              incoming.reduce((sum, edge) => {
                const column = eager.get(edge.join('>'))!;
                const own = [...before[edge[0]]!].reduce((s, source) => s + column[source]![target]!, 0);
                return sum + own * scale(edge, target);
              }, 0),
            );
            const fired = [...brain.firing(to).on];
            // Whoever fires has at least as much input as whoever does not, but for the last bits of a sum.
            const least = Math.min(...fired.map((neuron) => input[neuron]!));
            const most = Math.max(...input.filter((_, neuron) => !fired.includes(neuron)));
            expect(least).toBeGreaterThanOrEqual(most - 1e-9);
            expect(fired.length).toBe(to === 'A' ? 6 : 5);
            for (const edge of incoming)
              for (const source of before[edge[0]]!)
                for (const target of fired) {
                  const row = eager.get(edge.join('>'))![source]!;
                  if (row[target] === 0) continue;
                  const grown = Math.fround(row[target]! * (1 + betas[to]!));
                  const next = typeof homeostasis === 'object' ? Math.min(homeostasis.most, grown) : grown;
                  gained.get(edge.join('>'))![target] += next - row[target]!;
                  row[target] = next;
                }
          }
        }
      for (const edge of edges)
        dense(brain, edge, sizes[edge[0]]!, sizes[edge[1]]!).forEach((row, source) => {
          row.forEach((weight, target) => {
            const expected = eager.get(edge.join('>'))![source]![target]! * scale(edge, target);
            expect(Math.abs(weight - expected)).toBeLessThan(1e-6 * Math.max(1, expected));
          });
        });
    },
  );

  it('keeps the mean of incoming weights at 1 where they are in balance, and grows them where not', () => {
    const mean = (homeostasis: BrainOptions['homeostasis']) => {
      const brain = small({ homeostasis });
      brain.project('x', 'A', { rounds: 30 });
      const assembly = brain.firing('A').on;
      const weights = dense(brain, ['A', 'A'], 60, 60);
      const columns = [...assembly].map((target) => weights.reduce((sum, row) => sum + row[target]!, 0));
      return columns.reduce((a, b) => a + b) / assembly.length / (60 * 0.3);
    };
    expect(mean('incoming')).toBeGreaterThan(0.6);
    expect(mean('incoming')).toBeLessThan(1.2);
    expect(mean('none')).toBeGreaterThan(20);
  });

  it('fires nobody without input, and fewer than k where fewer have some', () => {
    const brain = new Brain({ probability: 0.05, seed: 2 });
    brain.stimulus('x', 1);
    brain.area('A', { neurons: 100, winners: 50 });
    brain.step([['A', 'A']]);
    expect(brain.firing('A').on.length).toBe(0);
    brain.step([['x', 'A']]);
    expect(brain.firing('A').on).toEqual(brain.synapses('x', 'A', 0).targets);
  });

  it('depends on neither the order of edges nor that of earlier probes', () => {
    const [one, other] = [small(), small()];
    other.frozen(() => other.step([['y', 'B']], { learn: true }));
    for (const open of life) {
      one.step(open, { learn: true });
      other.step([...open].reverse(), { learn: true });
    }
    expect(JSON.parse(JSON.stringify(other)).areas).toEqual(JSON.parse(JSON.stringify(one)).areas);
    expect(through(other).synapses('A', 'A', other.firing('A').on[0]!)).toEqual(
      one.synapses('A', 'A', one.firing('A').on[0]!),
    );
  });

  it('has no synapse from a neuron to itself', () => {
    const weights = dense(small(), ['A', 'A'], 60, 60);
    weights.forEach((row, neuron) => {
      expect(row[neuron]).toBe(0);
    });
  });

  it('learns only where it is asked to', () => {
    const brain = small();
    const before = JSON.stringify(brain.toJSON().fibers);
    brain.step([['x', 'A']]);
    brain.step([['A', 'A']]);
    expect(JSON.stringify(brain.toJSON().fibers)).toBe(before);
    brain.step([['A', 'A']], { learn: true });
    expect(JSON.stringify(brain.toJSON().fibers)).not.toBe(before);
  });
});

describe('equal inputs', () => {
  it('are not decided by the number of a neuron: two stimuli share cells as chance has it', () => {
    // One synapse each at most: nearly all inputs are equal, and an order by number would give the same winners.
    let shared = 0;
    for (let seed = 0; seed < 40; seed++) {
      const brain = new Brain({ probability: 0.9, seed });
      brain.stimulus('x', 1);
      brain.stimulus('y', 1);
      brain.area('A', { neurons: 1000, winners: 50 });
      shared += tagOverlap(brain.evoke('x', 'A'), brain.evoke('y', 'A')) * 50;
    }
    // 50 * 50 / 1000 each, with a variance of about as much.
    expect(Math.abs(shared - 40 * 2.5)).toBeLessThan(4 * Math.sqrt(40 * 2.5));
  });
});

const area = { neurons: 3000, winners: 55, beta: 0.1 };
function two(rounds = 15): { brain: Brain; x: Tag; y: Tag; recruited: readonly number[] } {
  const brain = new Brain({ probability: 0.18, seed: 11 });
  for (const name of ['x', 'y']) brain.stimulus(name, 55);
  brain.area('C', area);
  const { assembly: x, recruited } = brain.project('x', 'C', { rounds });
  return { brain, x, recruited, y: brain.project('y', 'C', { rounds }).assembly };
}

describe('operations', () => {
  it('a projection converges: in the end no new neuron fires', () => {
    const { recruited } = two();
    expect(recruited[0]).toBe(55);
    expect(recruited[14]).toBe(recruited[9]);
    expect(recruited[14]).toBeLessThan(4 * 55);
  });

  it('two assemblies of a cue of 40% each come back whole, and the brain is as it was', () => {
    const { brain, x, y } = two(25);
    const before = JSON.stringify(brain);
    for (const whole of [x, y]) {
      const cue = { on: whole.on.filter((_, i) => i % 5 < 2), size: whole.size };
      const { value, score, settled } = brain.complete('C', cue);
      expect(tagOverlap(value, whole)).toBeGreaterThan(0.95);
      expect(score).toBe(1);
      expect(settled).toBe(true);
    }
    expect(JSON.stringify(brain)).toBe(before);
  });

  it('association brings two assemblies nearer, the longer the more, and a third not', () => {
    const { brain, x, y } = two();
    brain.stimulus('z', 55);
    const before = tagOverlap(brain.evoke('x', 'C'), brain.evoke('y', 'C'));
    const some = brain.associate('x', 'y', { area: 'C', rounds: 8 });
    expect(some.overlap).toBeGreaterThan(before);
    const more = brain.associate('x', 'y', { area: 'C', rounds: 8 });
    expect(more.overlap).toBeGreaterThan(some.overlap + 0.1);
    expect(tagOverlap(some.a, x)).toBeGreaterThan(0.85);
    expect(tagOverlap(some.b, y)).toBeGreaterThan(0.85);
    expect(tagOverlap(brain.evoke('z', 'C'), more.a)).toBeLessThan(0.1);
  });

  it('a reciprocal projection evokes its source', () => {
    const brain = new Brain({ probability: 0.18, seed: 12 });
    brain.stimulus('x', 55);
    for (const name of ['A', 'B']) brain.area(name, area);
    const source = brain.project('x', 'A', { rounds: 15 }).assembly;
    const { assembly } = brain.reciprocalProject('A', 'B', { rounds: 15 });
    const evoked = brain.frozen(() => {
      brain.fire('A', { on: new Uint32Array(0), size: 3000 });
      brain.fire('B', assembly);
      return brain.evoke('B', 'A');
    });
    expect(tagOverlap(evoked, source)).toBeGreaterThan(0.9);
    expect(brain.read('A', { source, other: { on: Uint32Array.of(1, 2), size: 3000 } })).toMatchObject({
      best: 'source',
      chance: 55 / 3000,
    });
  });

  it('either parent evokes what they merged into', () => {
    const brain = new Brain({ probability: 0.18, seed: 13 });
    for (const name of ['A', 'B', 'C']) brain.area(name, area);
    for (const name of ['A', 'B']) {
      brain.stimulus(`to ${name}`, 55);
      brain.project(`to ${name}`, name, { rounds: 10 });
    }
    const { assembly } = brain.merge('A', 'B', { area: 'C', rounds: 15 });
    expect(tagOverlap(brain.evoke('A', 'C'), assembly)).toBeGreaterThan(0.8);
    expect(tagOverlap(brain.evoke('B', 'C'), assembly)).toBeGreaterThan(0.8);
  });
});

describe('plain data', () => {
  it.each(['none', 'incoming'] as const)('goes on as the brain does, with homeostasis %s', (homeostasis) => {
    const brain = small({ homeostasis });
    for (const open of life) brain.step(open, { learn: true });
    const other = through(brain);
    expect(JSON.stringify(other)).toBe(JSON.stringify(brain));
    for (const one of [brain, other]) for (const open of life) one.step(open, { learn: true });
    expect(JSON.stringify(other)).toBe(JSON.stringify(brain));
  });

  it('of another kind is refused by the name of what is wrong', () => {
    const brain = small();
    for (const open of life) brain.step(open, { learn: true });
    const plain = () => JSON.parse(JSON.stringify(brain));
    const broken = (change: (data: ReturnType<typeof plain>) => void) => {
      const data = plain();
      change(data);
      return () => Brain.fromJSON(data);
    };
    expect(broken((data) => (data.schema = 'engram.fly-hash/1'))).toThrow(
      'Brain.schema: expected engram.brain/1',
    );
    expect(broken((data) => (data.settings.probability = 2))).toThrow('Brain.settings.probability: expected');
    expect(broken((data) => (data.areas.A.winners = 100))).toThrow('winners of at most 60 neurons, got 100');
    expect(broken((data) => (data.settings.seed = 6))).toThrow('expected synapses of its seed');
    expect(broken((data) => (data.fibers[0].weights = data.fibers[0].targets))).toThrow(
      'Brain.fibers.0.weights',
    );
    expect(broken((data) => (data.fibers[0].from = 'Z'))).toThrow('got Z');
    expect(broken((data) => delete data.areas)).toThrow('Brain.areas: expected');
  });
});

it('says what is wrong with names and numbers', () => {
  const brain = small();
  expect(() => brain.area('A', { neurons: 5, winners: 1 })).toThrow('expected a new name, got A');
  expect(() => brain.area('D', { neurons: 5, winners: 6 })).toThrow('winners of at most 5 neurons, got 6');
  expect(() => brain.step([['A', 'x']])).toThrow('expected an area, got the stimulus x');
  expect(() => brain.step([['Q', 'A']])).toThrow(
    'Brain.step: expected an area or a stimulus that there is, got Q',
  );
  expect(() => brain.fire('A', { on: Uint32Array.of(60), size: 60 })).toThrow('ascending units below 60');
  expect(() => brain.fire('A', { on: Uint32Array.of(1), size: 50 })).toThrow('expected a tag of 60 units');
  expect(() => brain.project('A', 'B')).toThrow('expected A to fire, got silence');
  expect(() => brain.project('x', 'A', { rounds: 0 })).toThrow('rounds of at least 1, got 0');
  expect(() => brain.read('A', {})).toThrow('at least one assembly');
  expect(() => new Brain({ probability: 0 })).toThrow(
    'Brain.probability: expected a number of more than 0, got 0',
  );
  expect(() => brain.synapses('x', 'A', 12)).toThrow(
    'Brain.synapses: expected a number of at most 11, got 12',
  );
});
