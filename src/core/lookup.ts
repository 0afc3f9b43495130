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

/** The known name that a mistyped one is near to, if it is near to any. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const typed = name.toLowerCase();
  const found = closest(typed, [...known]);
  const away = distance(typed, found.toLowerCase());
  return away <= Math.max(2, Math.floor(found.length / 3)) ? found : undefined;
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
