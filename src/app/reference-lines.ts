/** The levels that a task's scores are compared with, as a person calls them. */
import type { ReferenceLines } from '../core/contracts.ts';

/** Lines in the task's measure. */
type Line = Exclude<keyof ReferenceLines, 'optimumBits'>;

const names: Readonly<Record<Line, string>> = {
  chance: 'chance',
  noBinding: 'no binding',
  optimum: 'optimum',
};

/** The levels that a task has, each with its name; an optimum of zero goes without saying. */
export function namedLines(lines: ReferenceLines): { readonly name: string; readonly value: number }[] {
  return (Object.keys(names) as Line[]).flatMap((key) => {
    const value = lines[key];
    return value === undefined || (key === 'optimum' && value === 0) ? [] : [{ name: names[key], value }];
  });
}
