/** `engram inspect`: pictures of what a trained model does, or of several runs beside each other. */
import type { Target } from '../../runs/target.ts';
import type { Command, Input } from '../shell/command.ts';
import { oneLine, type Terminal } from '../shell/terminal.ts';
import { machineFlags, sourceFlags } from '../shell/training-flags.ts';

/** Where reports are made that do not belong into a run. */
const REPORTS = 'reports';
/** What a file system takes for a name, with room to spare. */
const LONGEST_NAME = 120;

/** The command. */
export const command: Command = {
  name: 'inspect',
  takes: '<run|checkpoint>...',
  summary:
    'Draw what a trained model does: inputs and outputs, where it reads and writes, its memory, how it learned. Of several runs: their learning curves in one plot, and what differs between them.',
  flags: {
    out: {
      kind: 'text',
      describe: `folder for the pictures (default report/ in the run; of others a folder in ${REPORTS}/)`,
    },
    seed: { kind: 'text', describe: "seed of the sequences that are drawn (default the run's)" },
    ...machineFlags,
    ...sourceFlags,
  },
  groups: { task: 'draw these settings: --task.minLength 20 --task.maxLength 20' },
  examples: [
    ['engram inspect runs/copy-ntm-...', 'then open its report/index.html'],
    ['engram inspect runs/copy-ntm-.../checkpoints/step-250 --out early', 'what it did early in training'],
    ['engram inspect runs/copy-ntm-... runs/copy-lstm-...', 'two runs over each other'],
  ],
  positionals: { least: 1, most: 26 },
  run,
};

async function run(input: Input, terminal: Terminal): Promise<void> {
  const { openTarget } = await import('../../runs/target.ts');
  const targets = input.positionals.map(openTarget);
  for (const { damaged } of targets) for (const line of damaged) terminal.note(`engram inspect: ${line}`);
  if (targets.length === 1) await inspectOne(input, targets[0]!, terminal);
  else await inspectSeveral(input, targets, terminal);
}

async function inspectOne({ flags }: Input, target: Target, terminal: Terminal): Promise<void> {
  const { rowOf } = await import('../../app/evaluate.ts');
  const { openMachine } = await import('../../app/open-engine.ts');
  const { kindsOfRun } = await import('../shell/own-kinds.ts');
  const { draw } = await import('../shell/draw.ts');
  const { host } = await import('../shell/host.ts');
  const { typedMachine, typedSeed, typedGroup } = await import('../shell/typed-settings.ts');
  const { shownPath } = await import('../shell/shown-path.ts');
  const { resolve } = await import('node:path');
  const { known } = await kindsOfRun(target, flags, (line) => terminal.note(`engram inspect: ${line}`));
  const model = { ...target, known };
  const typed = typedGroup(flags, 'task');
  const settings = typed && rowOf(model, typed);
  const seed = typedSeed(target.config, flags);
  const folder = typeof flags.out === 'string' ? flags.out : await ownFolder(target);
  const machine = await openMachine(typedMachine(target.config, flags), host);
  const files = await draw({ terminal, target: model, machine, out: resolve(folder), seed, settings });
  const out = shownPath(folder);
  if (flags.json)
    return terminal.result(JSON.stringify({ schema: 'engram.inspect/1', model: target.name, out, files }));
  await list(out, files, terminal);
}

/** report/ of a run, beside it one for each checkpoint; what ships without its run is left as it is. */
async function ownFolder({ name, run, step }: Target): Promise<string> {
  const { basename, join, resolve } = await import('node:path');
  if (run === undefined) return join(REPORTS, basename(resolve(name)));
  const checkpoint = /^step-\d+$/.test(basename(resolve(name)));
  return checkpoint ? join(name, '..', '..', `report-step-${step}`) : join(run.path, 'report');
}

async function inspectSeveral(
  { flags }: Input,
  targets: readonly Target[],
  terminal: Terminal,
): Promise<void> {
  const { UsageError } = await import('../../core/errors.ts');
  const drawsSequences = Object.keys(flags).find((name) => name === 'seed' || name.startsWith('task.'));
  if (drawsSequences !== undefined)
    throw new UsageError(
      `--${drawsSequences}: expected one run whose sequences are drawn, got ${targets.length}; inspect them one by one`,
    );
  const { drawComparison } = await import('../shell/draw.ts');
  const { kindsOfRun } = await import('../shell/own-kinds.ts');
  const { shownPath } = await import('../shell/shown-path.ts');
  const { basename, join, resolve } = await import('node:path');
  const models = [];
  for (const target of targets) {
    const { known } = await kindsOfRun(target, flags, (line) => terminal.note(`engram inspect: ${line}`));
    models.push({ ...target, known });
  }
  const bases = targets.map(({ name }) => basename(resolve(name)));
  const whole = bases.join('-vs-');
  const short = whole.length <= LONGEST_NAME ? whole : `${bases[0]}-vs-${bases.length - 1}-more`;
  const folder = typeof flags.out === 'string' ? flags.out : join(REPORTS, short);
  // Runs of one name in several folders are called as they were typed.
  const names = new Set(bases).size === bases.length ? bases : targets.map(({ name }) => name);
  const { comparison, files } = await drawComparison({ terminal, models, names, out: resolve(folder) });
  const out = shownPath(folder);
  const { record, task, measure, results, differing } = comparison;
  if (flags.json)
    return terminal.result(
      JSON.stringify({ schema: 'engram.comparison/1', task, measure, runs: results, differing, out, files }),
    );
  const { table } = await import('../../report/table.ts');
  terminal.result(record.title);
  for (const { key, name, note } of record.runs) terminal.result(oneLine(`  ${key}  ${name}: ${note}`));
  const columns = results.map(({ key }) => key);
  terminal.result(table([['', ...columns], ...record.table.map(({ name, values }) => [name, ...values])]));
  await list(out, files, terminal);
}

async function list(out: string, files: readonly string[], terminal: Terminal): Promise<void> {
  const { join } = await import('node:path');
  for (const file of files) terminal.result(oneLine(join(out, file)));
  terminal.note(`drew ${files.length} files into ${out}: look at ${join(out, 'index.html')}`);
}
