/** A folder of pictures: written anew over an earlier report, and into nothing else that has something in it. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';

/** Marks a folder as a report's, which may be drawn again. */
const MARK = 'report.json';

/**
 * Writes the files of a report.
 * @throws UsageError when the folder holds something else
 */
export function writeReport(out: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  fs.mkdirSync(out, { recursive: true });
  const names = fs.readdirSync(out);
  if (names.length > 0 && !names.includes(MARK))
    throw new UsageError(
      `--out: expected an empty folder or an earlier report, got ${out} with ${names[0]} in it; give another folder`,
    );
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(join(out, name), content);
  const mark = { schema: 'engram.report/1', files: Object.keys(files) };
  fs.writeFileSync(join(out, MARK), `${JSON.stringify(mark)}\n`);
}
