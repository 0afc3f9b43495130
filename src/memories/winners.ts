/** The k largest of many numbers, in time proportional to how many there are: winner-take-all. */

/**
 * The places of the `count` largest values, ascending; of equal values at the edge the first ones win.
 * Values must not be NaN.
 */
export function winners(values: Float32Array | Float64Array, count: number): Uint32Array {
  const most = Math.min(count, values.length);
  const on = new Uint32Array(most);
  if (most === 0) return on;
  const edge = largest(values.slice(), most);
  let above = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! > edge) above++;
  let equals = most - above;
  for (let i = 0, at = 0; at < most; i++)
    if (values[i]! > edge || (values[i] === edge && equals-- > 0)) on[at++] = i;
  return on;
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
