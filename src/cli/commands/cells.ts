/** `engram cells`: the kinds of memory, what each can be set to, and where it comes from. */
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';

/** The command. */
export const command: Command = {
  name: 'cells',
  takes: '[cell]',
  summary: 'List the cells with their settings, defaults and sources.',
  flags: {},
  examples: [
    ['engram cells', 'all of them'],
    ['engram cells ntm --json', 'one, for a program'],
  ],
  positionals: { least: 0, most: 1 },
  run,
};

async function run({ positionals, flags }: Input, terminal: Terminal): Promise<void> {
  const { cells } = await import('../../registry.ts');
  const { find } = await import('../../core/lookup.ts');
  const { settingLines, settingTable } = await import('../../app/settings-list.ts');
  const [only] = positionals;
  const kinds = only === undefined ? Object.values(cells) : [find(cells, 'cell', only)];
  const listed = kinds.map(({ name, summary, source, settings }) => ({
    name,
    summary,
    source,
    settings: settingLines(settings),
  }));
  if (flags.json) return terminal.result(JSON.stringify({ schema: 'engram.cells/1', cells: listed }));
  for (const { name, summary, source, settings } of listed) {
    terminal.result(`${terminal.style('bold', name, 'stdout')}  ${summary}  (${source})`);
    terminal.result(`${settingTable('cell', settings)}\n`);
  }
}
