/** `engram check`: what is known of a cell or a task before it trains, in a table; every one that is wrong in one line. */
import type { CheckReport } from '../../app/check/check.ts';
import type { CellKind, Task } from '../../core/contracts.ts';
import type { Command, Input } from '../shell/command.ts';
import { asStarted } from '../shell/program-name.ts';
import type { Terminal } from '../shell/terminal.ts';

/** The command. */
export const command: Command = {
  name: 'check',
  takes: '<cell|task|file>',
  summary:
    'Check a cell or a task: that the seed decides all of it, that examples do not mix, that it compiles, and that its gradients are those of its loss.',
  flags: {},
  groups: {
    cell: 'with these settings of the cell: --cell.size 10',
    task: 'with these settings of the task: --task.maxLength 5',
  },
  examples: [
    ['engram check ./my-cell.ts', 'the cell of a file of your own'],
    ['engram check ./my-cells.ts#leaky --cell.size 10', 'one of several, small'],
    ['engram check ./my-task.ts --json', 'a task, for a program'],
    ['engram check ntm', 'one that ships'],
  ],
  positionals: { least: 1, most: 1 },
  run,
};

async function run({ positionals, flags }: Input, terminal: Terminal): Promise<void> {
  const { checkCell, checkTask } = await import('../../app/check/check.ts');
  const { typedGroup } = await import('../shell/typed-settings.ts');
  const found = await kindNamed(positionals[0]!);
  const settings = typedGroup(flags, found.sort) ?? {};
  const report =
    found.sort === 'cell' ? await checkCell(found.kind, { settings }) : checkTask(found.kind, { settings });
  if (flags.json) terminal.result(JSON.stringify({ schema: 'engram.check/1', ...report }));
  else terminal.result(await text(report, positionals[0]!, terminal));
  if (!report.ok) process.exitCode = 2;
}

type Named =
  | { readonly sort: 'cell'; readonly kind: CellKind }
  | { readonly sort: 'task'; readonly kind: Task };

/** A cell or a task by its name, or out of a file: what a file has is known when it is loaded. */
async function kindNamed(name: string): Promise<Named> {
  const { isFileName, knownWith } = await import('../shell/own-kinds.ts');
  const { find } = await import('../../core/lookup.ts');
  const { registry } = await import('../../registry.ts');
  if (!isFileName(name)) {
    const both = { ...registry.cells, ...registry.tasks };
    find(both, 'cell or task', name);
    return Object.hasOwn(registry.cells, name)
      ? { sort: 'cell', kind: registry.cells[name]! }
      : { sort: 'task', kind: registry.tasks[name]! };
  }
  try {
    const own = await knownWith('cell', name);
    return { sort: 'cell', kind: own.known.cells[own.name]! };
  } catch (noCell) {
    try {
      const own = await knownWith('task', name);
      return { sort: 'task', kind: own.known.tasks[own.name]! };
    } catch (noTask) {
      // The sort that the file was meant to be is the one that has more of what it should.
      throw /with the members of a task/.test((noCell as Error).message) ? noTask : noCell;
    }
  }
}

const marks = { ok: ['green', 'ok'], note: ['yellow', 'note'], wrong: ['yellow', 'wrong'] } as const;

async function text(
  { sort, name, checks, ok }: CheckReport,
  typed: string,
  terminal: Terminal,
): Promise<string> {
  const { table } = await import('../../report/table.ts');
  const rows = checks.map(({ name: what, verdict, detail }) => [`  ${what}`, marks[verdict][1], detail]);
  const lines = table(rows, [], terminal.columns);
  const wrong = checks.filter(({ verdict }) => verdict === 'wrong').length;
  const next = sort === 'cell' ? `train copy --cell ${typed}` : `train ${typed}`;
  const end = ok
    ? asStarted(`all is well: engram ${next}`)
    : `${wrong} wrong; what it stands in the way of was not checked`;
  return `${terminal.style('bold', name, 'stdout')}  ${sort}\n${lines}\n${end}`;
}
