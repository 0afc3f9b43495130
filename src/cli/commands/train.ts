/** `engram train`: a new run. */
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';
import { settingGroups, trainingFlags } from '../shell/training-flags.ts';

/** The command. */
export const command: Command = {
  name: 'train',
  takes: '<task>',
  summary: 'Train a cell on a task, and leave a run that can be resumed, evaluated and looked into.',
  flags: trainingFlags,
  groups: settingGroups,
  examples: [
    ['engram train copy --preset tiny --until-solved', 'a small Neural Turing Machine, until it copies'],
    ['engram train associative-recall --cell lstm --max-time 10m', 'its rival, for ten minutes'],
    ['engram train copy --cell.slots 64 --task.maxLength 10 --optimizer.rate 1e-3', 'settings of every part'],
    ['engram train --config experiment.yaml --seed 7', 'from a file, another seed'],
  ],
  positionals: { least: 0, most: 1 },
  run,
};

async function run(input: Input, terminal: Terminal): Promise<void> {
  const { configureTyped } = await import('../shell/typed-settings.ts');
  const { openMachine } = await import('../../app/open-engine.ts');
  const { beginRun, claimFolder } = await import('../../runs/folder.ts');
  const { describeRun, host } = await import('../shell/host.ts');
  const { tellOutcome } = await import('../shell/outcome.ts');
  const { openTraining, performTraining } = await import('../shell/training.ts');
  const { assembly, source, notes } = await configureTyped(input);
  for (const line of notes) terminal.note(`engram train: ${line}`);
  for (const warning of assembly.warnings) terminal.note(`engram train: ${warning}`);
  const { config } = assembly;
  const { flags, argv } = input;
  const folder = await claimFolder(typeof flags.out === 'string' ? flags.out : undefined, config);
  try {
    const machine = await openMachine(config, host);
    for (const reason of machine.passedOver) terminal.note(`engram train: ${reason}`);
    const engine = openTraining({ terminal, assembly, machine }, folder.path);
    const meta = describeRun(config.seed, machine, ['train', ...argv]);
    const run = beginRun(folder, {
      config,
      meta: { ...meta, ...(source && { sourceRoot: source.root }) },
      source,
    });
    const pictures = flags.pictures === true;
    const { lock } = folder;
    const outcome = await performTraining({ terminal, run, machine, lock, assembly, engine, pictures });
    tellOutcome(terminal, outcome, flags.json === true);
  } catch (error) {
    folder.abandon();
    throw error;
  }
}
