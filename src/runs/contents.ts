/**
 * What a run's folder holds, told once: by it a start that was cut short is known, and a run is removed without anything
 * that is a person's.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { lockFiles } from './lock.ts';
import { isTemporary } from './whole-file.ts';

/** The files of a folder by their names, and the folders in it with theirs; nothing where the names are a person's. */
export interface Contents {
  readonly files: readonly RegExp[];
  readonly folders: readonly (readonly [name: RegExp, contents: Contents | undefined])[];
}

/** What a start writes before config.json, which makes it a run. */
export const startContents: Contents = {
  files: [/^(init\.safetensors|meta\.json)$/, lockFiles],
  folders: [[/^source$/, undefined]],
};

const checkpoint: Contents = {
  files: [/^((weights|optimizer)\.safetensors|state\.json)$/],
  folders: [],
};
const report: Contents = { files: [/^([\w-]+\.(svg|png)|index\.html|report\.json)$/], folders: [] };

/** What a run has in the end. */
export const runContents: Contents = {
  files: [/^(init\.safetensors|(meta|config)\.json|(metrics|timing)\.jsonl|last|best)$/, lockFiles],
  folders: [
    [/^source(-before)?(-\d+)?$/, undefined],
    [/^checkpoints$/, { files: [], folders: [[/^(damaged-)?step-\d+(-\d+)?$/, checkpoint]] }],
    [/^report(-grid|-step-\d+)?$/, report],
  ],
};

/** Whether an entry of a folder is among its contents, whatever is in it; what is unfinished may be anywhere. */
export function isAmong({ files, folders }: Contents, entry: fs.Dirent): boolean {
  const { name } = entry;
  if (isTemporary(name)) return entry.isFile() || entry.isDirectory();
  if (entry.isFile()) return files.some((pattern) => pattern.test(name));
  return entry.isDirectory() && folders.some(([pattern]) => pattern.test(name));
}

/** The path of the first thing in a folder, or in one of its folders, that is not among its contents. */
export function foreignIn(folder: string, contents: Contents): string | undefined {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!isAmong(contents, entry)) return path;
    const [, within] = contents.folders.find(([pattern]) => pattern.test(entry.name)) ?? [];
    const inside = within && foreignIn(path, within);
    if (inside !== undefined) return inside;
  }
  return undefined;
}
