/** Where the trials of a comparison run, as it was asked for, and what is said where some are left. */
import { join, resolve } from 'node:path';
import { type Journal, LOGS } from '../../compare/journal.ts';
import { performTrial } from '../../compare/perform.ts';
import { localPlace } from '../../compare/places/local.ts';
import { work } from '../../compare/places/place.ts';
import { runProcess } from '../../compare/places/process.ts';
import { shellLine } from '../../compare/places/shell-words.ts';
import { slurmScript } from '../../compare/places/slurm.ts';
import type { Runner, TrialEvent } from '../../compare/run-trials.ts';
import type { Trial } from '../../compare/trial.ts';
import { makeFolders } from '../../runs/make-folders.ts';
import { replaceFile } from '../../runs/whole-file.ts';
import type { AskedComparison } from './comparison-plan.ts';
import { mainProgram, trialProgram } from './programs.ts';
import type { Terminal } from './terminal.ts';

/** A comparison under way. */
export interface UnderWay {
  readonly asked: AskedComparison;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  tell(event: TrialEvent): void;
}

/** What does trials, and what is said where some are left afterwards. */
export interface Performer extends Pick<Runner, 'perform'> {
  readonly left: string;
}

/** The performer that was asked for. */
export function performerOf(underWay: UnderWay): Performer {
  const { place } = underWay.asked;
  switch (place.kind) {
    case 'local':
      return { perform: locally(underWay), left: 'stopped; the same command goes on' };
    case 'commands':
      return {
        perform: async (trials) => printCommands(trials, underWay),
        left: `when they are done, the same command ${afterwards}`,
      };
    case 'slurm':
      return {
        perform: async (trials) => writeArray(trials, place, underWay),
        left: `submit it with: sbatch ${shellLine([place.script])}; when it is done, the same command ${afterwards}`,
      };
  }
}

const afterwards =
  'has what is left, and without --commands or --slurm tells what came of them and does what is left here';

/** Each trial in a process of its own on this machine. */
function locally({ asked, journal, signal, tell }: UnderWay): Runner['perform'] {
  const run = (argv: readonly string[], stop: AbortSignal) =>
    runProcess({ program: trialProgram, argv, signal: stop });
  return (trials, ended) =>
    work(localPlace(trials, ended), {
      count: asked.workers,
      signal,
      async perform(trial, stop) {
        const outcome = await performTrial(trial, {
          journal,
          signal: stop,
          known: asked.knownTo(trial),
          run,
          began: (resumed) => tell({ kind: 'began', trial, resumed }),
        });
        if (!outcome) tell({ kind: 'interrupted', trial });
        return outcome;
      },
    });
}

function printCommands(trials: readonly Trial[], { journal, terminal }: UnderWay): void {
  for (const trial of trials) {
    journal.settingsFile(trial);
    terminal.result(shellLine([...mainProgram, 'trial', trial.id, '--out', journal.path]));
  }
}

function writeArray(
  trials: readonly Trial[],
  { script, perTask }: { readonly script: string; readonly perTask: number },
  { journal, terminal }: UnderWay,
): void {
  for (const trial of trials) journal.settingsFile(trial);
  const logs = join(journal.path, LOGS);
  makeFolders(logs);
  const path = resolve(script);
  const ids = trials.map(({ id }) => id);
  replaceFile(path, slurmScript({ program: mainProgram, folder: journal.path, logs, trials: ids, perTask }));
  terminal.note(`wrote ${Math.ceil(ids.length / perTask)} tasks with ${ids.length} trials into ${path}`);
}
