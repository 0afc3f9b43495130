/** `engram tasks`: what can be learned, what each task can be set to, its reference lines and its source. */

import type { SettingLine } from '../../app/settings-list.ts';
import type { ReferenceLines, Task } from '../../core/contracts.ts';
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';

/** The command. */
export const command: Command = {
  name: 'tasks',
  takes: '[task|file]',
  summary: 'List the tasks with their settings, defaults, reference lines and sources.',
  flags: {},
  examples: [
    ['engram tasks', 'all of them'],
    ['engram tasks ./my-task.ts', 'one of your own'],
    ['engram tasks copy --json', 'one, for a program'],
  ],
  positionals: { least: 0, most: 1 },
  run,
};

interface Listed extends Pick<Task, 'name' | 'summary' | 'source' | 'loss'> {
  /** Bits per sequence. */
  readonly solvedBelow: number;
  /** At the default settings. */
  readonly lines: ReferenceLines;
  readonly settings: readonly SettingLine[];
}

async function run({ positionals, flags }: Input, terminal: Terminal): Promise<void> {
  const { registry } = await import('../../registry.ts');
  const { settingLines } = await import('../../app/settings-list.ts');
  const { solvedBelow } = await import('../../core/loss-kinds.ts');
  const { readSettings } = await import('../../core/settings.ts');
  const [only] = positionals;
  const chosen = only === undefined ? Object.values(registry.tasks) : [await taskOf(only)];
  const listed = chosen.map((task): Listed => {
    const { name, summary, source, loss, settings } = task;
    const usual = readSettings(settings, {}, { at: 'task' });
    const lines = task.lines(usual);
    return {
      name,
      summary,
      source,
      loss,
      solvedBelow: solvedBelow(task, usual),
      lines,
      settings: settingLines(settings),
    };
  });
  if (flags.json) return terminal.result(JSON.stringify({ schema: 'engram.tasks/1', tasks: listed }));
  for (const task of listed) await show(task, terminal);
}

async function taskOf(word: string): Promise<Task> {
  const { find } = await import('../../core/lookup.ts');
  const { knownWith } = await import('../shell/own-kinds.ts');
  const { known, name } = await knownWith('task', word);
  return find(known.tasks, 'task', name);
}

async function show(task: Listed, terminal: Terminal): Promise<void> {
  const { settingTable } = await import('../../app/settings-list.ts');
  const { lossKinds } = await import('../../core/loss-kinds.ts');
  const unit = lossKinds[task.loss].measure.name;
  const { namedLines } = await import('../../app/reference-lines.ts');
  const lines = namedLines(task.lines).map(({ name, value }) => `${name} ${shorten(value)}`);
  terminal.result(`${terminal.style('bold', task.name, 'stdout')}  ${task.summary}  (${task.source})`);
  terminal.result(
    `  solved below ${shorten(task.solvedBelow)} bits per sequence; at the defaults ${lines.join(', ')} ${unit}`,
  );
  terminal.result(`${settingTable('task', task.settings, terminal.columns)}\n`);
}

function shorten(value: number): string {
  return String(Number(value.toPrecision(4)));
}
