/** `engram trial`: trials of a comparison, one after the other, as GNU parallel, Slurm or a person starts them. */
import type { TrialOutcome } from '../../compare/outcome.ts';
import type { Command, Input } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';

/** The command. */
export const command: Command = {
  name: 'trial',
  takes: '<trial...> --out <folder>',
  summary:
    'Do trials of a comparison, one after the other: what engram compare --commands prints. What is done is not done again, what was begun goes on.',
  flags: {
    out: { kind: 'text', describe: 'folder of the comparison' },
  },
  examples: [
    [
      'engram compare --task copy --cells lstm,gru --commands | parallel',
      'a comparison as one command a trial, on every core',
    ],
    ['engram trial copy-lstm-1001-0f3a... --out comparison', 'one of them'],
  ],
  positionals: { least: 1, most: Number.POSITIVE_INFINITY },
  run,
};

async function run({ positionals, flags }: Input, terminal: Terminal): Promise<void> {
  const { UsageError } = await import('../../core/errors.ts');
  const { joinJournal } = await import('../../compare/journal.ts');
  const { performTrial } = await import('../../compare/perform.ts');
  const { runProcess } = await import('../../compare/places/process.ts');
  const { trialProgram } = await import('../shell/programs.ts');
  const { listenForSignals } = await import('../shell/signals.ts');
  const { outcomeText } = await import('../shell/trial-progress.ts');
  if (typeof flags.out !== 'string')
    throw new UsageError('expected the folder of a comparison, got none; give --out');
  // All are read before any trains: a name that is wrong is told at once.
  const trials = await readTrials(positionals, flags.out);
  const journal = joinJournal(flags.out);
  const signals = listenForSignals((name) =>
    terminal.note(`${name}: the trial is saving; once more ends at once`),
  );
  const { signal } = signals;
  const outcomes: TrialOutcome[] = [];
  try {
    for (const { trial, known } of trials) {
      const done = journal.outcomeOf(trial);
      const outcome =
        done ??
        (await performTrial(trial, {
          journal,
          signal,
          known,
          run: (argv) => runProcess({ program: trialProgram, argv, signal }),
          began: (resumed) => terminal.note(`${resumed ? 'goes on' : 'begins'}: ${trial.id}`),
        }));
      if (!outcome) break;
      outcomes.push(outcome);
      terminal.note(`${trial.id}: ${outcomeText(outcome)}`);
    }
  } finally {
    signals.stop();
  }
  if (flags.json) terminal.result(JSON.stringify({ schema: 'engram.trials/1', outcomes }));
  if (signal.aborted) process.exitCode = signals.exitCode() ?? 130;
  else if (outcomes.some(({ ending }) => ending === 'failed')) process.exitCode = 1;
}

/** Trials by their names in the folder of a comparison, or by the files of their settings. */
async function readTrials(names: readonly string[], folder: string) {
  const { UsageError } = await import('../../core/errors.ts');
  const { readConfigFile } = await import('../shell/config-file.ts');
  const { storedTrial } = await import('../shell/stored-trial.ts');
  const { join } = await import('node:path');
  const trials = [];
  for (const name of names) {
    const isFile = name.endsWith('.json');
    const path = isFile ? name : join(folder, 'settings', `${name}.json`);
    const stored = await storedTrial(readConfigFile(path, name));
    const { id } = stored.trial;
    if (!isFile && id !== name)
      throw new UsageError(
        `${name}: expected the settings and the code that it was planned with, got those of ${id}; run engram compare again`,
      );
    trials.push(stored);
  }
  return trials;
}
