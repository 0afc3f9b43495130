/** A folder of pictures: written anew over an earlier report, and into nothing else that has something in it. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { readJson } from './folder.ts';
import { refuseNewer } from './format.ts';
import { makeFolders } from './make-folders.ts';
import { clearTemporaries, isTemporary, replaceFile } from './whole-file.ts';

/** Marks a folder as a report's, which may be drawn again. */
const MARK = 'report.json';
const FORMAT = 'engram.report/1';

/**
 * Writes the files of a report.
 * @throws UsageError when the folder holds something else, CheckpointError when its report is a newer Engram's or its
 *   mark is damaged
 */
export function writeReport(out: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  if (isLink(out))
    throw new UsageError(
      `--out: expected a folder, got the link ${out}; remove it, or give the folder that it leads to`,
    );
  makeFolders(out);
  refuseForeign(out);
  clearTemporaries(out);
  const mark = { schema: FORMAT, files: Object.keys(files) };
  // First, and on the disk, so that a report that is cut short can be drawn again; each in its place whole, and through
  // no link.
  replaceFile(join(out, MARK), `${JSON.stringify(mark)}\n`);
  for (const [name, content] of Object.entries(files))
    replaceFile(join(out, name), content, { synced: false });
}

/** Refuses a folder with something in it that is no report, or a newer Engram's. */
function refuseForeign(out: string): void {
  const names = fs.readdirSync(out).filter((name) => !isTemporary(name));
  if (names.length === 0) return;
  const file = join(out, MARK);
  const mark = names.includes(MARK) ? readJson(file) : undefined;
  refuseNewer(file, mark, FORMAT);
  if ((mark as { schema?: unknown } | null | undefined)?.schema === FORMAT) return;
  const foreign = mark === undefined ? names[0] : `a ${MARK} of something else`;
  throw new UsageError(
    `--out: expected an empty folder or an earlier report, got ${out} with ${foreign} in it; give another folder`,
  );
}

/** A link would have pictures written where it leads. */
function isLink(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
