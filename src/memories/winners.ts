/** The k largest of many numbers, in time proportional to how many there are: winner-take-all. */

/**
 * The places of the `count` largest values, ascending. Of equal values at the edge the first ones win, or those of the
 * largest `rank` where it is given. Values must not be NaN.
 */
export function winners(
  values: Float32Array | Float64Array,
  count: number,
  rank?: (place: number) => number,
): Uint32Array {
  const most = Math.min(count, values.length);
  const on = new Uint32Array(most);
  if (most === 0) return on;
  const edge = largest(values.slice(), most);
  let above = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! > edge) above++;
  let equals = most - above;
  const chosen = rank && new Set(highest(values, edge, { count: equals, rank }));
  for (let i = 0, at = 0; at < most; i++) {
    const wins = values[i]! > edge || (values[i] === edge && (chosen ? chosen.has(i) : equals-- > 0));
    if (wins) on[at++] = i;
  }
  return on;
}

/** Of the places that have a value those of the largest rank. */
function highest(
  values: Float32Array | Float64Array,
  value: number,
  { count, rank }: { count: number; rank: (place: number) => number },
): number[] {
  const equal: { place: number; rank: number }[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] === value) equal.push({ place: i, rank: rank(i) });
  equal.sort((a, b) => b.rank - a.rank || a.place - b.place);
  return equal.slice(0, count).map(({ place }) => place);
}

/** The `count`-th largest value, by quickselect (Hoare 1961) around the median of three; reorders the values. */
function largest(values: Float32Array | Float64Array, count: number): number {
  const target = count - 1;
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = middle(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let [left, right] = [low, high];
    while (left <= right) {
      while (values[left]! > pivot) left++;
      while (values[right]! < pivot) right--;
      if (left > right) break;
      const kept = values[left]!;
      values[left++] = values[right]!;
      values[right--] = kept;
    }
    if (target <= right) high = right;
    else if (target >= left) low = left;
    else return values[target]!;
  }
  return values[target]!;
}

function middle(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
