/** Columns that align, for a terminal and in Markdown, and texts that are broken. */

/** The narrowest that a last column is broken to; on a narrower screen lines run over. */
const NARROWEST = 20;

/**
 * Rows as lines, each column as wide as its widest cell; numbers (by `right`) end in line, text begins in line.
 * @param width of the screen: the last column is broken between words to fit into it, where the others leave it room
 */
export function table(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
  width: number = Number.POSITIVE_INFINITY,
): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const last = widths.length - 1;
  const room = width - widths.slice(0, last).reduce((sum, column) => sum + column + 2, 0);
  return rows
    .flatMap((row) => (room < NARROWEST ? [row] : broken(row, last, room)))
    .map((row) =>
      row
        .map((cell, i) => pad(cell, widths[i]!, right.includes(i)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * `table` of rows under a heading, which on a screen that is too narrow for it is broken into lines: no column is then
 * wider than what stands in it and the longest word above it.
 */
export function headedTable(
  [heading, ...rows]: readonly (readonly string[])[],
  right: readonly number[],
  width: number = Number.POSITIVE_INFINITY,
): string {
  const whole = table([heading!, ...rows], right);
  if (whole.split('\n').every((line) => line.length <= width)) return whole;
  const columns = heading!.map((title, i) => {
    const below = Math.max(0, ...rows.map((row) => row[i]?.length ?? 0));
    return wrap(title, Math.max(below, ...title.split(' ').map(({ length }) => length)));
  });
  const height = Math.max(...columns.map(({ length }) => length));
  // A short title stands right above its column.
  const lines = Array.from({ length: height }, (_, line) =>
    columns.map((column) => column[line - height + column.length] ?? ''),
  );
  return table([...lines, ...rows], right);
}

/** A table in Markdown, its columns aligned in the source too; the first row is the head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const all = rows.map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  const widths = (all[0] ?? []).map((_, i) => Math.max(3, ...all.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((text, i) => text.padEnd(widths[i]!)).join(' | ')} |`;
  const [head = '', ...others] = all.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...others].join('\n');
}

/** A row with its last cell broken over as many rows as it takes. */
function broken(row: readonly string[], last: number, room: number): (readonly string[])[] {
  const [first = '', ...more] = row.length > last ? wrap(row[last]!, room) : [];
  const rest = more.map((line) => [...new Array<string>(last).fill(''), line]);
  return [[...row.slice(0, last), ...(row.length > last ? [first] : [])], ...rest];
}

/** A text in lines of at most so many characters, broken between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function pad(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width);
}
