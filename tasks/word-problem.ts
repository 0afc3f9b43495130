/**
 * The word problem of a group: see group elements one after another, and say at each what they multiply to so far. The
 * problem of S5 and A5 is complete for NC1, that of S3 solvable (Merrill, Petty and Sabharwal 2024, "The Illusion of
 * State in State-Space Models"); lengths of 128 and 512 as in Siems et al. 2025 (DeltaProduct).
 * Elements are permutations in lexicographic order; a product of p and then g maps i to p(g(i)).
 */
import { z } from 'zod';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, grid } from './ranges.ts';
import { symbolBatch } from './symbols.ts';

/** The groups by name: permutations of so many points, all of them or the even ones. */
const groups = {
  S3: { points: 3, even: false },
  A5: { points: 5, even: true },
  S5: { points: 5, even: false },
} as const;
type GroupName = keyof typeof groups;

const MOST = 10_000;
const settings = z.strictObject({
  group: z
    .enum(Object.keys(groups) as [GroupName, ...GroupName[]])
    .default('S3')
    .describe('6, 60 or 120 elements'),
  length: count(1, MOST, 128, 'elements in a word'),
});

/** `group` names the permutations, `length` how many are multiplied. */
export interface WordSettings {
  readonly group: GroupName;
  readonly length: number;
}

type Permutation = readonly number[];

/** A group's elements, and the index of the product of any two. */
interface Group {
  readonly elements: readonly Permutation[];
  readonly product: readonly (readonly number[])[];
}

/** The paper tests four times the length of training. */
const STRETCHES = [1, 2, 4];

/** The word problem. */
export const wordProblem: Task<WordSettings> = {
  name: 'word-problem',
  source: 'Merrill et al. 2024, section 5; Siems et al. 2025',
  summary: 'what the elements of a group multiply to, at every step',
  loss: 'symbol',
  solvedBits: 0.05,
  settings,
  sizes: ({ group, length }) => ({ ...sizesOf(group), maxLength: length }),
  load: () => 1,
  symbols({ group }) {
    const names = groupOf(group).elements.map((element) => element.map((point) => point + 1).join(''));
    return { inputs: names, outputs: names };
  },
  sample,
  harder: (settings) =>
    grid('length', { from: settings.length, stretches: STRETCHES, most: MOST }, (length) => ({
      ...settings,
      length,
    })),
  lines: ({ group }) => ({ chance: 100 * (1 - 1 / groupOf(group).elements.length) }),
};

function sizesOf(group: GroupName): { readonly inputSize: number; readonly outputSize: number } {
  const size = groupOf(group).elements.length;
  return { inputSize: size, outputSize: size };
}

function sample({ group, length }: WordSettings, rng: Rng, batchSize: number): Batch {
  const { elements, product } = groupOf(group);
  const sequences = Array.from({ length: batchSize }, () => {
    const shown = Array.from({ length }, () => rng.integer(elements.length));
    const asked: number[] = [];
    // The first in lexicographic order is the identity.
    for (const element of shown) asked.push(product[asked.at(-1) ?? 0]![element]!);
    return { shown, asked };
  });
  return symbolBatch(sequences, sizesOf(group));
}

const made = new Map<GroupName, Group>();

function groupOf(name: GroupName): Group {
  const known = made.get(name) ?? makeGroup(name);
  made.set(name, known);
  return known;
}

function makeGroup(name: GroupName): Group {
  const { points, even } = groups[name];
  const all = permutationsOf(Array.from({ length: points }, (_, i) => i));
  const elements = even ? all.filter(isEven) : all;
  const index = new Map(elements.map((element, i) => [element.join(), i]));
  const product = elements.map((p) => elements.map((g) => index.get(g.map((point) => p[point]!).join())!));
  return { elements, product };
}

/** In lexicographic order. */
function permutationsOf(points: readonly number[]): Permutation[] {
  if (points.length === 0) return [[]];
  return points.flatMap((first) =>
    permutationsOf(points.filter((point) => point !== first)).map((rest) => [first, ...rest]),
  );
}

/** Whether the pairs that stand in the wrong order are an even number. */
function isEven(permutation: Permutation): boolean {
  const inversions = permutation.flatMap((a, i) => permutation.slice(i + 1).filter((b) => b < a));
  return inversions.length % 2 === 0;
}
