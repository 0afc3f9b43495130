/**
 * The reference lines of associative recall, computed exactly, in bits per sequence. Each of the b = itemLength x width
 * bits of an answer has one law and is answered by a sigmoid of its own, so a line is b times the mean entropy of a bit.
 */
import type { RecallSettings } from './associative-recall.ts';

/** A line below this is nothing that an evaluation of 1,000 sequences, printed to three decimals, could show. */
const LEAST_BITS = 1e-3;
/** Beyond so many bits two items are never equal, and 2^b stays a number. */
const MOST_BITS = 52;
/** Of a row of probabilities: what is left out. */
const NEGLIGIBLE = 1e-20;

/** How many items there are to choose from, as far as that can be counted. */
export function itemCount(settings: RecallSettings): number {
  return 2 ** Math.min(bitsOf(settings), MOST_BITS);
}

/**
 * What a predictor pays that knows the items shown and the query but not the order: the answer is then any of the other
 * m = n-1 items alike, and the best it can say of a bit is their mean k/m.
 *   b E_n [ sum_k P(k) h(k/m) ],   h the binary entropy in bits
 * k is binomial; where items all differ it is hypergeometric: m draws from the 2^b - 1 items that are not the query.
 */
export function noBindingBits(settings: RecallSettings): number {
  const population = settings.distinctItems ? itemCount(settings) : Number.POSITIVE_INFINITY;
  const entropies = entropiesOfMeans(settings.maxItems - 1, population);
  return bitsOf(settings) * meanOverItems(settings, (items) => entropies[items - 1]!);
}

/**
 * What is left to whoever remembers all: where the query equals several of the items that may be asked for, each of
 * their successors is as likely to be the answer. Undefined where items all differ, and below a thousandth of a bit.
 *   b E_n [ sum_{c,k} P(c,k) h(k/c) ],   c the items that equal the query, k the ones in a bit of their successors
 */
export function optimumBits(settings: RecallSettings): number | undefined {
  if (settings.distinctItems) return undefined;
  // Any of n-2 other items equals the query with probability 2^-b, and then costs b bits at the most.
  const bits = bitsOf(settings);
  if ((settings.maxItems * bits) / 2 ** bits < LEAST_BITS) return undefined;
  const entropies = entropiesOfSuccessors(settings.maxItems, 2 ** -bits);
  const optimum = bits * meanOverItems(settings, (items) => entropies[items]!);
  return optimum < LEAST_BITS ? undefined : optimum;
}

function bitsOf({ itemLength, width }: RecallSettings): number {
  return itemLength * width;
}

function meanOverItems({ minItems, maxItems }: RecallSettings, of: (items: number) => number): number {
  let total = 0;
  for (let items = minItems; items <= maxItems; items++) total += of(items);
  return total / (maxItems - minItems + 1);
}

/**
 * E[h(k/m)] for m = 0 to `most` items other than the query, drawn one after the other. The query has, say, a zero in
 * this bit: of the `population` half have a one, and one zero is gone.
 */
function entropiesOfMeans(most: number, population: number): number[] {
  const oneNext = (drawn: number, ones: number) =>
    Number.isFinite(population) ? (population / 2 - ones) / (population - 1 - drawn) : 0.5;
  const entropies = [0];
  let chances = [1];
  for (let m = 1; m <= most; m++) {
    const before = chances;
    chances = Array.from({ length: m + 1 }, (_, ones) => {
      const zeroDrawn = ones < m ? before[ones]! * (1 - oneNext(m - 1, ones)) : 0;
      return ones > 0 ? zeroDrawn + before[ones - 1]! * oneNext(m - 1, ones - 1) : zeroDrawn;
    });
    entropies.push(chances.reduce((sum, chance, ones) => sum + chance * binaryEntropy(ones / m), 0));
  }
  return entropies;
}

/**
 * E[h(k/c)] by the number of items, 0 to `most`, each equal to the query with probability `equal`. The query has, say, a
 * one in this bit, and half of all items have. To be asked for is as likely for each of the n-1 first items, so a list
 * counts as often as it has items that equal a given query: c / ((n-1) equal).
 */
function entropiesOfSuccessors(most: number, equal: number): number[] {
  const costs = Array.from({ length: most }, (_, c) =>
    Float64Array.from({ length: c + 1 }, (_, k) => (c === 0 ? 0 : c * binaryEntropy(k / c))),
  );
  let rows: Row[] = [{ c: 0, unlike: Float64Array.of(1 - equal), like: Float64Array.of(equal) }];
  const entropies = [0, 0];
  for (let items = 2; items <= most; items++) {
    rows = withNextItem(rows, equal);
    let mean = 0;
    for (const { c, unlike, like } of rows)
      for (let k = 0; k <= c; k++) mean += (unlike[k]! + like[k]!) * costs[c]![k]!;
    entropies.push(mean / ((items - 1) * equal));
  }
  return entropies;
}

/** The probabilities of k = 0 to c, by whether the last item equals the query: its successor is then the next. */
interface Row {
  readonly c: number;
  readonly unlike: Float64Array;
  readonly like: Float64Array;
}

/** The rows with one item more: it equals the query, or is another one with a one or a zero in the bit. */
function withNextItem(rows: readonly Row[], equal: number): Row[] {
  const from = rows[0]!.c;
  const next = Array.from({ length: rows.length + 1 }, (_, i) => emptyRow(from + i));
  rows.forEach(({ unlike, like }, i) => {
    const [same, more] = [next[i]!, next[i + 1]!];
    for (let k = 0; k < like.length; k++) {
      same.unlike[k]! += unlike[k]! * (1 - equal);
      same.like[k]! += unlike[k]! * equal;
      more.unlike[k]! += like[k]! * 0.5;
      more.unlike[k + 1]! += like[k]! * (0.5 - equal);
      more.like[k + 1]! += like[k]! * equal;
    }
  });
  const counts = next.map(({ unlike, like }) => sum(unlike) + sum(like) > NEGLIGIBLE);
  return next.slice(counts.indexOf(true), counts.lastIndexOf(true) + 1);
}

function emptyRow(c: number): Row {
  return { c, unlike: new Float64Array(c + 1), like: new Float64Array(c + 1) };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function binaryEntropy(p: number): number {
  return p === 0 || p === 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
}
