/** The lists of all cells and all tasks, read as text: what tests derive from them needs no module to be loaded. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A line of such a list: what it exports, and the module it is from, by its path from the top. */
export interface ExportedKind {
  readonly name: string;
  readonly path: string;
}

/** What a list of kinds exports; types are left out. */
export function exportedKinds(list: string): ExportedKind[] {
  const lines = readFileSync(join(root, list), 'utf8').matchAll(/^export \{ (.*) \} from '(.*)';$/gm);
  return [...lines].flatMap(([, names, module]) =>
    names!
      .split(', ')
      .filter((name) => !name.startsWith('type '))
      .map((name) => ({ name, path: join(dirname(list), module!) })),
  );
}
