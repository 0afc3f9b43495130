/** In what configurations differ: settings by their dotted names, and those that are not the same everywhere. */
import { isLayer } from './layers.ts';

/** Settings by dotted name: `cell.slots`. */
export type Settings = Readonly<Record<string, unknown>>;

/** A configuration with its groups taken apart. */
export function settingsOf(config: object, prefix = ''): Settings {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) =>
      isLayer(value)
        ? Object.entries(settingsOf(value, `${prefix}${name}.`))
        : [[`${prefix}${name}`, value] as const],
    ),
  );
}

/**
 * The names of the settings that have more than one value, in the order in which they are met. One that only some
 * configurations have, such as the slots of some other cell, differs where those that have it do.
 */
export function differing(all: readonly Settings[]): string[] {
  const values = new Map<string, Set<string>>();
  for (const settings of all)
    for (const [name, value] of Object.entries(settings))
      values.set(name, (values.get(name) ?? new Set()).add(JSON.stringify(value)));
  return [...values].filter(([, different]) => different.size > 1).map(([name]) => name);
}
