/** `engram completion`: a script that makes the Tab key know commands, flags, cells, tasks and runs. */
import type { Command } from '../shell/command.ts';

/** The command, given all of them. */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    takes: '',
    summary: 'Print a script for bash and zsh that completes commands, flags and names.',
    flags: {},
    examples: [
      ['eval "$(engram completion)"', 'in ~/.bashrc or ~/.zshrc: from then on'],
      ['engram completion > /etc/bash_completion.d/engram', 'for every user'],
    ],
    positionals: { least: 0, most: 0 },
    async run({ flags }, terminal) {
      const { registry } = await import('../../registry.ts');
      const { settingLines } = await import('../../app/settings-list.ts');
      const { completionScript } = await import('../shell/completion.ts');
      const settings = (
        sort: string,
        kinds: readonly { readonly settings: Parameters<typeof settingLines>[0] }[],
      ) => [
        ...new Set(
          kinds.flatMap((kind) => settingLines(kind.settings).map(({ name }) => `--${sort}.${name}`)),
        ),
      ];
      const script = completionScript(commands(), {
        cell: Object.keys(registry.cells),
        task: Object.keys(registry.tasks),
        settings: {
          cell: settings('cell', Object.values(registry.cells)),
          task: settings('task', Object.values(registry.tasks)),
        },
      });
      terminal.result(flags.json ? JSON.stringify({ schema: 'engram.completion/1', script }) : script);
    },
  };
}
