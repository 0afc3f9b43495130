/** A folder with all that is in it, held in memory: taken, put back, compared. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';

/** Files by their paths from the folder, with slashes; folders end in one and have no content. */
export type Tree = ReadonlyMap<string, Buffer>;

const NOTHING = Buffer.alloc(0);

/** What is in a folder. */
export function readTree(folder: string): Map<string, Buffer> {
  const tree = new Map<string, Buffer>();
  const visit = (inside: string) => {
    for (const entry of fs.readdirSync(join(folder, inside), { withFileTypes: true })) {
      const path = inside + entry.name;
      if (!entry.isDirectory()) tree.set(path, fs.readFileSync(join(folder, path)));
      else {
        tree.set(`${path}/`, NOTHING);
        visit(`${path}/`);
      }
    }
  };
  visit('');
  return tree;
}

/** Makes a folder, which is there, hold this and nothing else; what it holds already stays. */
export function writeTree(folder: string, tree: Tree): void {
  const held = readTree(folder);
  for (const path of held.keys())
    if (!tree.has(path)) fs.rmSync(join(folder, path), { recursive: true, force: true });
  for (const [path, content] of tree) {
    if (held.get(path)?.equals(content)) continue;
    if (path.endsWith('/')) fs.mkdirSync(join(folder, path));
    else fs.writeFileSync(join(folder, path), content);
  }
}

/** Names by chance, and what tells one process from another. */
const CHANCE = /(?<=\.tmp-|\.removed-|lock\.)[0-9a-f]{16}/g;

/** The SHA-256 of a tree; names that are drawn by chance, and which dead process held a lock, make no difference. */
export function treeHash(tree: Tree): string {
  const contents = [...tree].map(([path, content]) => {
    const name = path.replaceAll(CHANCE, '*');
    const isLock = /(^|\/)lock(\.\*)?$/.test(name);
    const text = isLock ? content.toString().replace(/"pid":\d+/, '"pid":0') : content;
    return `${name} ${createHash('sha256').update(text).digest('hex')}`;
  });
  return createHash('sha256').update(contents.sort().join('\n')).digest('hex');
}

/** What differs between two trees, a line each, for a person. */
export function treeDifferences(got: Tree, expected: Tree): string[] {
  return [...new Set([...got.keys(), ...expected.keys()])].sort().flatMap((path) => {
    const [is, was] = [got.get(path), expected.get(path)];
    if (was === undefined) return [`${path}: left over`];
    if (is === undefined) return [`${path}: lost`];
    return is.equals(was) ? [] : [`${path}: ${shown(is)} in place of ${shown(was)}`];
  });
}

function shown(content: Buffer): string {
  const text = content.toString('latin1');
  return JSON.stringify(text.length <= 2000 ? text : `${text.slice(0, 2000)}...`);
}
