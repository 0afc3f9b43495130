/**
 * `engram cells`: the kinds of memory, what `train` sets each to, how many numbers it then learns, and where it comes from;
 * of one by name all that docs/cells.md says of it.
 */
import type { ByPreset, CellListing } from '../../app/presets.ts';
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';

/** The command. */
export const command: Command = {
  name: 'cells',
  takes: '[cell|file]',
  summary: 'List the cells with their settings and parameters at each preset, and their sources.',
  flags: { task: { kind: 'text', describe: 'the task that they are set up for (default copy)' } },
  examples: [
    ['engram cells', 'all of them'],
    ['engram cells ntm', 'one: its equations, what it costs, what it is good at and what it fails at'],
    ['engram cells lstm --task key-value-retrieval', 'what train takes for one of them on another task'],
    ['engram cells ./my-cell.ts', 'one of your own'],
    ['engram cells ntm --json', 'one, for a program'],
  ],
  positionals: { least: 0, most: 1 },
  run,
};

async function run({ positionals, flags }: Input, terminal: Terminal): Promise<void> {
  const { cells } = await import('../../registry.ts');
  const { listCell } = await import('../../app/presets.ts');
  const { usualPreset } = await import('../../train/recipes.ts');
  const [only] = positionals;
  const task = flags.task === undefined ? 'copy' : String(flags.task);
  const listed: CellListing[] = [];
  if (only === undefined) for (const name of Object.keys(cells)) listed.push(await listCell(name, task));
  else {
    const { knownWith } = await import('../shell/own-kinds.ts');
    const { known, name } = await knownWith('cell', only);
    listed.push(await listCell(name, task, known));
  }
  if (flags.json) return terminal.result(JSON.stringify({ schema: 'engram.cells/1', task, cells: listed }));
  if (only !== undefined) await tellWhole(listed[0]!, task, terminal);
  else
    for (const cell of listed) {
      const { name, summary, source } = cell;
      terminal.result(`${terminal.style('bold', name, 'stdout')}  ${summary}  (${source})`);
      terminal.result(`${await listingTable(cell, task, terminal.columns)}\n`);
    }
  terminal.result(`train takes ${usualPreset} where no --preset is given; a blank is as in ${usualPreset}`);
}

/** The most columns that text is set in. */
const WIDEST = 100;

/** All that is said of one cell; equations and measurements are of those that ship. */
async function tellWhole(cell: CellListing, task: string, terminal: Terminal): Promise<void> {
  const { cells } = await import('../../registry.ts');
  const { presets } = await import('../../train/recipes.ts');
  const { costText, learnedText } = await import('../shell/kept-results.ts');
  const { headComment, headLines } = await import('../shell/head-comment.ts');
  const { table, wrap } = await import('../../report/table.ts');
  const { name, summary, source, strengths, limits, state, settings } = cell;
  const width = Math.min(terminal.columns ?? WIDEST, WIDEST);
  const ships = Object.hasOwn(cells, name);
  const sizes = presets.map((preset) => `${figureOf(state[preset])} (${preset})`).join(', ');
  const about = [
    ['  good at', strengths],
    ['  fails at', limits],
    ['  state', `${sizes} numbers of one sequence`],
    ...(ships ? costText(name).map((text) => ['  cost', text]) : []),
    ...(ships ? learnedText(name).map((text) => ['  measured', text]) : []),
  ].filter((row): row is [string, string] => row[1] !== undefined);
  const [first = '', ...more] = wrap(`${name}  ${summary}`, width);
  terminal.result(first.replace(name, terminal.style('bold', name, 'stdout')));
  for (const line of [...more, ...wrap(`(${source})`, width - 2)]) terminal.result(`  ${line}`);
  if (ships) terminal.result(`\n${headLines(headComment('cell', name), width).join('\n')}`);
  terminal.result(`\n${table(about, [], width)}\n`);
  // What a setting takes and what it is share a column: side by side they are wider than a screen.
  const joined = settings.map((line) => ({
    ...line,
    takes: '',
    describe: `${line.takes}: ${line.describe}`,
  }));
  terminal.result(`${await listingTable({ ...cell, settings: joined }, task, width)}\n`);
}

/** One column a preset; what is as in the first of them, the usual one, is left out. */
async function listingTable(
  { parameters, settings }: CellListing,
  task: string,
  width: number | undefined,
): Promise<string> {
  const { table } = await import('../../report/table.ts');
  const { presets, usualPreset } = await import('../../train/recipes.ts');
  const columns = [usualPreset, ...presets.filter((preset) => preset !== usualPreset)];
  const shown = (values: ByPreset<unknown>) =>
    columns.map((preset, i) =>
      i > 0 && values[preset] === values[usualPreset] ? '' : figureOf(values[preset]),
    );
  const told = (line: { takes: string; describe: string }) =>
    line.takes === '' ? [line.describe] : [line.takes, line.describe];
  const rows = settings.map((line) => [`  --cell.${line.name}`, ...shown(line.presets), ...told(line)]);
  return table(
    [[`  on ${task}`, ...columns], ['  parameters', ...shown(parameters)], ...rows],
    columns.map((_, i) => i + 1),
    width,
  );
}

/** `1,326,600`, and anything but large numbers as it is. */
function figureOf(value: unknown): string {
  return typeof value === 'number' && value >= 1000 ? value.toLocaleString('en-US') : String(value);
}
