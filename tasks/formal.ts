/** What the tasks over formal languages share: strings of letters, and the lengths of Deletang et al. 2023 to test them on. */

import { grid, stretched } from './ranges.ts';

/** The lengths that are tested beyond the longest of training, which is 40 in the paper. */
const STRETCHES = [1, 2, 5, 12.5];

/**
 * Longer strings than in training: some lengths, and last all of the paper's test, 41 ... 500 after training on up to 40,
 * over which it reports the mean accuracy.
 */
export function longerStrings<S extends { readonly minLength: number; readonly maxLength: number }>(
  settings: S,
  most: number,
): Record<string, S> {
  const { maxLength } = settings;
  const numbers = { from: maxLength, stretches: STRETCHES, most };
  const longest = stretched(numbers).at(-1)!;
  const beyond = Math.min(maxLength + 1, longest);
  return {
    ...grid('length', numbers, (length) => ({ ...settings, minLength: length, maxLength: length })),
    [`lengths ${beyond} to ${longest}`]: { ...settings, minLength: beyond, maxLength: longest },
  };
}
