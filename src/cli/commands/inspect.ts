/** `engram inspect`: pictures of what a trained model does, as SVG, PNG and one page. */
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';
import { machineFlags, sourceFlags } from '../shell/training-flags.ts';

/** The command. */
export const command: Command = {
  name: 'inspect',
  takes: '<run|checkpoint>',
  summary:
    'Draw what a trained model does: inputs and outputs, where it reads and writes, its memory, how it learned.',
  flags: {
    out: { kind: 'text', describe: 'folder for the pictures (default report/ in the run)' },
    seed: { kind: 'text', describe: "seed of the sequences that are drawn (default the run's)" },
    ...machineFlags,
    ...sourceFlags,
  },
  groups: { task: 'draw these settings: --task.minLength 20 --task.maxLength 20' },
  examples: [
    ['engram inspect runs/copy-ntm-...', 'then open its report/index.html'],
    ['engram inspect runs/copy-ntm-.../checkpoints/step-250 --out early', 'what it did early in training'],
  ],
  positionals: { least: 1, most: 1 },
  run,
};

async function run({ positionals, flags }: Input, terminal: Terminal): Promise<void> {
  const { openTarget } = await import('../../runs/target.ts');
  const { rowOf } = await import('../../app/evaluate.ts');
  const { openMachine } = await import('../../app/open-engine.ts');
  const { kindsOfRun } = await import('../shell/own-kinds.ts');
  const { draw } = await import('../shell/draw.ts');
  const { host } = await import('../shell/host.ts');
  const { typedMachine, typedSeed, typedTask } = await import('../shell/typed-settings.ts');
  const { shownPath } = await import('../shell/shown-path.ts');
  const { join, resolve } = await import('node:path');
  const target = openTarget(positionals[0]!);
  for (const line of target.damaged) terminal.note(`engram inspect: ${line}`);
  const { known } = await kindsOfRun(target, flags, (line) => terminal.note(`engram inspect: ${line}`));
  const model = { ...target, known };
  const typed = typedTask(flags);
  const settings = typed && rowOf(model, typed);
  const seed = typedSeed(target.config, flags);
  const folder = typeof flags.out === 'string' ? flags.out : join(target.run?.path ?? target.name, 'report');
  const machine = await openMachine(typedMachine(target.config, flags), host);
  const files = await draw({ terminal, target: model, machine, out: resolve(folder), seed, settings });
  const out = shownPath(folder);
  if (flags.json)
    return terminal.result(JSON.stringify({ schema: 'engram.inspect/1', model: target.name, out, files }));
  for (const file of files) terminal.result(join(out, file));
}
