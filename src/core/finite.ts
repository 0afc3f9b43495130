/** Whether there is neither NaN nor infinity among numbers: in one pass without a branch, as weights are many. */
export function allFinite(values: ArrayLike<number>): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}
