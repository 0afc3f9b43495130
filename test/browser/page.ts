/** The page's script: puts what the test calls within its reach. */
import { abilities, firstLosses } from './losses.ts';

/** What the test finds on `window`. */
export interface PageWindow {
  readonly engram: { readonly abilities: typeof abilities; readonly firstLosses: typeof firstLosses };
}

Object.assign(globalThis, { engram: { abilities, firstLosses } });
