/** `engram train`: a new run. */
import type { Machine } from '../../app/open-engine.ts';
import type { Model, NamedArrays } from '../../core/contracts.ts';
import type { ClaimedFolder } from '../../runs/start.ts';
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';
import { settingGroups, trainingFlags } from '../shell/training-flags.ts';
import type { Configured, SettingsFile } from '../shell/typed-settings.ts';

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
    ['engram train --init-from runs/copy-ntm-... --optimizer.rate 1e-4', "with another run's weights"],
    ['engram train copy --dry-run', 'what that would be: every setting, sizes, the time of a step'],
  ],
  positionals: { least: 0, most: 1 },
  run,
};

async function run(input: Input, terminal: Terminal): Promise<void> {
  const { configureTyped } = await import('../shell/typed-settings.ts');
  const { openMachine } = await import('../../app/open-engine.ts');
  const { claimFolder } = await import('../../runs/start.ts');
  const { host } = await import('../shell/host.ts');
  const { flags } = input;
  const weights = typeof flags['init-from'] === 'string' ? await weightsFrom(flags['init-from']) : undefined;
  const configured = await configureTyped(input, weights?.settings);
  const { assembly, notes } = configured;
  for (const line of notes) terminal.note(`engram train: ${line}`);
  for (const warning of assembly.warnings) terminal.note(`engram train: ${warning}`);
  const { config } = assembly;
  const open = async () => {
    const machine = await openMachine(config, host);
    for (const reason of machine.passedOver) terminal.note(`engram train: ${reason}`);
    weights?.check(assembly.model);
    return machine;
  };
  const beginning = { input, terminal, configured, weights };
  if (flags['dry-run'] === true) return rehearse(beginning, await open());
  const folder = await claimFolder(typeof flags.out === 'string' ? flags.out : undefined, config);
  try {
    await begin(beginning, await open(), folder);
  } catch (error) {
    folder.abandon();
    throw error;
  }
}

/** Everything that was asked for. */
interface Beginning {
  readonly input: Input;
  readonly terminal: Terminal;
  readonly configured: Configured;
  readonly weights: Weights | undefined;
}

/** Trains a new run in a folder of its own. */
async function begin(beginning: Beginning, machine: Machine, folder: ClaimedFolder): Promise<void> {
  const { beginRun } = await import('../../runs/start.ts');
  const { keepWeights } = await import('../../runs/initial-weights.ts');
  const { describeRun } = await import('../shell/host.ts');
  const { tellOutcome } = await import('../shell/outcome.ts');
  const { openTraining, performTraining } = await import('../shell/training.ts');
  const { input, terminal, configured, weights } = beginning;
  const { assembly, source } = configured;
  const { config } = assembly;
  const { flags, argv } = input;
  const engine = openTraining({ terminal, assembly, machine }, folder.path);
  if (weights) engine.load(weights.arrays);
  const meta = {
    ...describeRun(config.seed, machine, ['train', ...argv]),
    ...(source && { sourceRoot: source.root }),
    ...(weights && { initFrom: weights.name }),
  };
  const besides = weights && ((path: string) => keepWeights(path, weights.arrays));
  const run = beginRun(folder, { config, meta, source, besides });
  const pictures = flags.pictures === true;
  const { lock } = folder;
  const outcome = await performTraining({ terminal, run, machine, lock, assembly, engine, pictures });
  tellOutcome(terminal, outcome, flags.json === true);
}

/** Prints what training would be. */
async function rehearse(
  { input, terminal, configured, weights }: Beginning,
  machine: Machine,
): Promise<void> {
  const { dryRun, dryRunText } = await import('../shell/dry-run.ts');
  const { checkTraining } = await import('../shell/training.ts');
  const { assembly, source } = configured;
  checkTraining(assembly, machine);
  const engine = machine.open(assembly);
  if (weights) engine.load(weights.arrays);
  const found = dryRun(assembly, machine, engine);
  const document = { schema: 'engram.dry-run/1', ...found };
  terminal.result(input.flags.json ? JSON.stringify(document) : dryRunText(found, source?.root));
}

/** Weights to begin with, by the name they were asked for. */
interface Weights {
  readonly name: string;
  readonly arrays: NamedArrays;
  /** Of the run they are from. */
  readonly settings?: SettingsFile;
  check(model: Model): void;
}

async function weightsFrom(name: string): Promise<Weights> {
  const { checkWeights, openWeights } = await import('../../runs/initial-weights.ts');
  const { join } = await import('node:path');
  const { arrays, target } = openWeights(name);
  const settings = target && { path: join(target.folder, 'config.json'), layer: { ...target.config } };
  const check = (model: Model) => checkWeights(model, arrays, `--init-from ${name}`);
  return { name, arrays, check, ...(settings && { settings }) };
}
