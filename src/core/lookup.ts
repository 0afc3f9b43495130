/** Names: found in a record, or answered with the nearest one that is there. */
import { distance } from 'fastest-levenshtein';
import { UsageError } from './errors.ts';

/**
 * The entry of this name.
 * @throws UsageError with the nearest name there is
 */
export function find<T>(known: Readonly<Record<string, T>>, what: string, name: string): T {
  if (Object.hasOwn(known, name)) return known[name]!;
  throw new UsageError(`expected a ${what}, got ${name}; ${nearestOrAll(name, Object.keys(known))}`);
}

/** The known name that a mistyped one is near to, if it is within `most` mistakes of any: 2 or a third of it by default. */
export function nearest(name: string, known: readonly string[], most?: number): string | undefined {
  const typed = name.toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, away: mistakes(typed, candidate.toLowerCase()) }))
    .sort((a, b) => a.away - b.away);
  const first = ranked[0];
  return first && first.away <= (most ?? Math.max(2, first.candidate.length / 3))
    ? first.candidate
    : undefined;
}

/** Edits from one name to the other; letters in another order are one mistake less, being the commonest. */
function mistakes(typed: string, known: string): number {
  const letters = (text: string) => [...text].sort().join('');
  return distance(typed, known) - (typed !== known && letters(typed) === letters(known) ? 1 : 0);
}

/** `did you mean copy?`, or nothing when no known name is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const found = nearest(name, known);
  return found === undefined ? undefined : `did you mean ${found}?`;
}

/** The suggestion, or else the names there are. */
export function nearestOrAll(name: string, known: readonly string[]): string {
  return didYouMean(name, known) ?? `there are ${known.join(', ')}`;
}
