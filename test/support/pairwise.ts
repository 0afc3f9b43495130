/** Options crossed pairwise: as few combinations as a greedy choice finds in which every pair of values occurs. */

/** Combinations of one value of each option. */
export type Combination<O extends Readonly<Record<string, readonly unknown[]>>> = {
  readonly [K in keyof O]: O[K][number];
};

/** Every combination there is. */
export function allCombinations<O extends Readonly<Record<string, readonly unknown[]>>>(
  options: O,
): Combination<O>[] {
  return Object.entries(options).reduce<Record<string, unknown>[]>(
    (found, [name, values]) => found.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  ) as Combination<O>[];
}

/** Combinations that are allowed and together have every pair of values that any allowed one has. */
export function pairwise<O extends Readonly<Record<string, readonly unknown[]>>>(
  options: O,
  allowed: (combination: Combination<O>) => boolean,
): Combination<O>[] {
  const all = allCombinations(options)
    .filter(allowed)
    .map((combination) => ({ combination, pairs: pairsOf(combination) }));
  const open = new Set(all.flatMap(({ pairs }) => pairs));
  const chosen: Combination<O>[] = [];
  while (open.size > 0) {
    const counts = all.map(({ pairs }) => pairs.filter((pair) => open.has(pair)).length);
    const best = all[counts.indexOf(Math.max(...counts))]!;
    for (const pair of best.pairs) open.delete(pair);
    chosen.push(best.combination);
  }
  return chosen;
}

function pairsOf(combination: Readonly<Record<string, unknown>>): string[] {
  const values = Object.entries(combination).map(([name, value]) => `${name} ${value}`);
  return values.flatMap((one, i) => values.slice(i + 1).map((other) => `${one}, ${other}`));
}
