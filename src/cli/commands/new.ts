/** `engram new`: a file with a cell or a task of one's own to begin from, which trains as it stands. */
import { UsageError } from '../../core/errors.ts';
import { nearestOrAll } from '../../core/lookup.ts';
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';

/** The command. */
export const command: Command = {
  name: 'new',
  takes: 'cell|task <file>',
  summary: 'Write a commented file with a cell or a task of your own, which trains as it stands.',
  flags: {},
  examples: [
    ['engram new cell my-cell.ts', 'a memory of your own; my-cell.js is JavaScript'],
    ['engram new task my-task.ts', 'a task of your own'],
  ],
  positionals: { least: 2, most: 2 },
  run,
};

const sorts = ['cell', 'task'] as const;
type Sort = (typeof sorts)[number];

/** What to do with each, the file being `./my-cell.ts`. */
const next: Readonly<Record<Sort, (file: string) => readonly string[]>> = {
  cell: (file) => [
    `engram check ${file}`,
    `engram train copy --cell ${file} --preset tiny --until-solved --pictures`,
  ],
  task: (file) => [`engram check ${file}`, `engram train ${file} --preset tiny --until-solved --pictures`],
};

async function run({ positionals, flags }: Input, terminal: Terminal): Promise<void> {
  const { dirname, relative, resolve } = await import('node:path');
  const { makeFolders } = await import('../../runs/make-folders.ts');
  const { asStarted } = await import('../shell/program-name.ts');
  const [word, file] = positionals as [string, string];
  const sort = sorts.find((one) => one === word);
  if (!sort) throw new UsageError(`expected cell or task, got ${word}; ${nearestOrAll(word, sorts)}`);
  const path = resolve(file);
  const shown = `./${relative('.', path)}`;
  const text = await written(sort, path, shown);
  makeFolders(dirname(path));
  await writeNew(path, text);
  const commands = next[sort](shown).map((line) => asStarted(line));
  if (flags.json)
    return terminal.result(JSON.stringify({ schema: 'engram.new/1', file: path, next: commands }));
  terminal.result(`wrote ${shown}; it trains as it stands:`);
  for (const line of commands) terminal.result(`  ${line}`);
}

/** The template with the names of the file in it. */
async function written(sort: Sort, path: string, shown: string): Promise<string> {
  const { readFileSync } = await import('node:fs');
  const { basename } = await import('node:path');
  const { registry } = await import('../../registry.ts');
  const { packageFile } = await import('../shell/version.ts');
  const [, name, language] = /^([a-z][a-z0-9-]*)\.[cm]?([jt])s$/i.exec(basename(path)) ?? [];
  if (name === undefined || path.endsWith('.cjs') || path.endsWith('.cts'))
    throw new UsageError(
      `expected a file of letters, digits and dashes that ends in .ts, .mts, .js or .mjs, got ${basename(path)}; try my-${sort}.ts`,
    );
  if (Object.hasOwn(sort === 'cell' ? registry.cells : registry.tasks, name))
    throw new UsageError(
      `expected a name of its own, got ${name}, which is a ${sort} that ships; try my-${basename(path)}`,
    );
  const template = readFileSync(packageFile(`src/templates/${sort}.${language}s`), 'utf8');
  return template.replaceAll(`./my-${sort}.${language}s`, shown).replaceAll(`my-${sort}`, name);
}

/** Writes a file that is not there yet. */
async function writeNew(path: string, text: string): Promise<void> {
  const { writeFileSync } = await import('node:fs');
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`expected a file that is not there yet, got ${path}; give another name`);
  }
}
