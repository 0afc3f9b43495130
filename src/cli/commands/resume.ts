/** `engram resume`: a run goes on where its last whole checkpoint is, and gives the numbers it would have given. */

import type { Meta, Run } from '../../runs/folder.ts';
import type { Lock } from '../../runs/lock.ts';
import type { Config } from '../../train/config.ts';
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';
import {
  budgetFlags,
  machineFlags,
  pictureFlags,
  settingGroups,
  sourceFlags,
  trainingFlags,
} from '../shell/training-flags.ts';

/** The command. */
export const command: Command = {
  name: 'resume',
  takes: '<run>',
  summary: 'Go on with a run where it stopped. Limits are totals: --steps 2000 goes on to step 2000.',
  flags: { ...budgetFlags, ...machineFlags, ...pictureFlags, ...sourceFlags },
  examples: [
    ['engram resume runs/copy-ntm-...', 'to the end of its budget'],
    ['engram resume runs/copy-ntm-... --sequences 100000', 'further'],
  ],
  positionals: { least: 1, most: 1 },
  answer: keptSettings,
  run,
};

/** A run keeps what decides its numbers; another one can begin with its weights. */
function keptSettings(flag: string, [run = '<run>']: readonly string[]): string | undefined {
  const names = Object.entries(trainingFlags).flatMap(([name, { path, also = [] }]) =>
    path === undefined ? [] : [name, ...also],
  );
  if (!names.includes(flag) && !Object.hasOwn(settingGroups, flag.split('.', 1)[0]!)) return undefined;
  return `a run keeps its settings; begin another with its weights: engram train --init-from ${run} --${flag} ...`;
}

async function run(input: Input, terminal: Terminal): Promise<void> {
  const { openRun } = await import('../../runs/folder.ts');
  const { lockRun } = await import('../../runs/lock.ts');
  const { refused } = await import('../../runs/storage.ts');
  const stored = openRun(input.positionals[0]!);
  const lock = await lockRun(stored.path).catch((error: unknown) => {
    throw refused(stored.path, error);
  });
  try {
    await resume({ input, terminal, stored, lock });
  } finally {
    lock.release();
  }
}

interface Resuming {
  readonly input: Input;
  readonly terminal: Terminal;
  readonly stored: Run;
  readonly lock: Lock;
}

async function resume({ input, terminal, stored, lock }: Resuming): Promise<void> {
  const { reconfigureTyped } = await import('../shell/typed-settings.ts');
  const { host } = await import('../shell/host.ts');
  const { tellOutcome } = await import('../shell/outcome.ts');
  const { openMachine } = await import('../../app/open-engine.ts');
  const { checkpointOf, goOnWith } = await import('../../runs/target.ts');
  const { kindsOfRun } = await import('../shell/own-kinds.ts');
  const { cutMetrics, metricsPath } = await import('../../runs/metrics.ts');
  const { keptWeights } = await import('../../runs/initial-weights.ts');
  const { cutTiming } = await import('../../runs/timing.ts');
  const { openTraining, performTraining } = await import('../shell/training.ts');
  const note = (line: string) => terminal.note(`engram resume: ${line}`);
  const own = await kindsOfRun({ config: stored.config, run: stored }, input.flags, note);
  const assembly = reconfigureTyped(own.config, input.flags, own.known);
  const { config } = assembly;
  const { checkpoint, damaged } = checkpointOf(stored, config);
  for (const line of damaged) terminal.note(`engram resume: ${line}`);
  const machine = await openMachine(sameMachine(config, stored.meta, input.flags), host);
  const [was, is] = [told(stored.meta), told(machine)];
  if (was !== is) terminal.note(`engram resume: the run was ${was}; ${is} its numbers go another way`);
  const engine = openTraining({ terminal, assembly, machine }, stored.path);
  const first = checkpoint?.arrays ?? keptWeights(stored.path);
  if (first) engine.load(first);
  const { step = 0, events = 0 } = checkpoint?.state ?? {};
  const kept = cutMetrics(stored.path, checkpoint?.state);
  cutTiming(stored.path, checkpoint?.state);
  if (kept !== events)
    terminal.note(
      `engram resume: ${metricsPath(stored.path)}: expected ${events} lines up to step ${step}, got ${kept}; training goes on unchanged, its record stays as it is`,
    );
  goOnWith(stored, config, own.adopted);
  const run = { ...stored, config };
  const pictures = input.flags.pictures === true;
  const { state } = checkpoint ?? {};
  const outcome = await performTraining({ terminal, run, machine, lock, assembly, engine, state, pictures });
  tellOutcome(terminal, outcome, input.flags.json === true);
}

/** The engine and backend the run was on, where a flag does not say otherwise. */
function sameMachine(config: Config, meta: Meta, flags: Input['flags']): Config {
  const named = flags.engine !== undefined || flags.backend !== undefined;
  const relaxedSimd = flags['relaxed-simd'] === undefined ? meta.relaxedSimd !== false : config.relaxedSimd;
  return named ? config : { ...config, engine: meta.engine, backend: meta.backend, relaxedSimd };
}

function told({ engine, backend, relaxedSimd }: Pick<Meta, 'engine' | 'backend' | 'relaxedSimd'>): string {
  return `${engine} on ${backend}${relaxedSimd ? ' with relaxed SIMD' : ''}`;
}
