/** Names: found in a record, or answered with the nearest one that is there. */
import { closest, distance } from 'fastest-levenshtein';
import { UsageError } from './errors.ts';

/**
 * The entry of this name.
 * @throws UsageError with the nearest name there is
 */
export function find<T>(known: Readonly<Record<string, T>>, what: string, name: string): T {
  if (Object.hasOwn(known, name)) return known[name]!;
  throw new UsageError(`expected a ${what}, got ${name}; ${nearestOrAll(name, Object.keys(known))}`);
}

/** `did you mean copy?`, or nothing when no known name is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const typed = name.toLowerCase();
  const nearest = closest(typed, [...known]);
  const away = distance(typed, nearest.toLowerCase());
  return away <= Math.max(2, Math.floor(nearest.length / 3)) ? `did you mean ${nearest}?` : undefined;
}

/** The suggestion, or else the names there are. */
export function nearestOrAll(name: string, known: readonly string[]): string {
  return didYouMean(name, known) ?? `there are ${known.join(', ')}`;
}
