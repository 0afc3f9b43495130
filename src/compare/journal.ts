/**
 * The folder of a comparison: settings/ what each trial is trained with, runs/ their runs, outcomes/ what came of each,
 * written once its process has ended. An outcome is there whole or not at all, so whoever is killed loses no trial: what
 * has none is resumed from its run's last checkpoint, or begun.
 */
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { readJson, writeJson } from '../runs/folder.ts';
import { type Lock, lockFiles, lockRun } from '../runs/lock.ts';
import { makeFolders } from '../runs/make-folders.ts';
import { clearTemporaries, isTemporary } from '../runs/whole-file.ts';
import type { TrialOutcome } from './outcome.ts';
import type { Prepared } from './trial.ts';

/** A comparison's folder. */
export interface Journal {
  readonly path: string;
  /** The run of a trial, which may not be there. */
  runOf(trial: Pick<Prepared, 'id'>): string;
  /** Whether a trial was begun. */
  isBegun(trial: Pick<Prepared, 'id'>): boolean;
  /** What a trial is trained with, written into a file. */
  settingsFile(trial: Omit<Prepared, 'config'>): string;
  /** What came of a trial; nothing where it has not ended, or failed: that may have been the machine. */
  outcomeOf(trial: Pick<Prepared, 'id'>): TrialOutcome | undefined;
  keep(outcome: TrialOutcome): void;
  release(): void;
}

const parts = ['settings', 'runs', 'outcomes'];

/** Where what a cluster's tasks say is written. */
export const LOGS = 'logs';

/**
 * Opens the folder of a comparison for this process alone, or makes one.
 * @throws UsageError when it holds something else, or another process works on it
 */
export async function openJournal(folder: string): Promise<Journal> {
  const path = resolve(folder);
  makeFolders(path);
  refuseForeign(path, folder);
  const lock = await lockRun(path);
  for (const part of parts) makeFolders(join(path, part));
  clearTemporaries(path);
  clearTemporaries(join(path, 'settings'));
  clearTemporaries(join(path, 'outcomes'));
  return journalOf(path, lock);
}

/**
 * Opens the folder of a comparison for one of many processes that each work on trials of their own, whose runs' locks
 * keep them apart.
 * @throws UsageError when it holds something else
 */
export function joinJournal(folder: string): Journal {
  const path = resolve(folder);
  makeFolders(path);
  refuseForeign(path, folder);
  for (const part of parts) makeFolders(join(path, part));
  return journalOf(path);
}

/** What is done to a folder that is there. */
function journalOf(path: string, lock?: Lock): Journal {
  const outcomePath = (id: string) => join(path, 'outcomes', `${id}.json`);
  return {
    path,
    runOf: ({ id }) => join(path, 'runs', id),
    isBegun: ({ id }) => fs.existsSync(join(path, 'runs', id, 'config.json')),
    settingsFile(trial) {
      const file = join(path, 'settings', `${trial.id}.json`);
      writeJson(file, trial.asked);
      return file;
    },
    outcomeOf({ id }) {
      if (!fs.existsSync(outcomePath(id))) return undefined;
      const outcome = readJson(outcomePath(id)) as TrialOutcome | null;
      return outcome?.schema === 'engram.trial/1' && outcome.id === id && outcome.ending !== 'failed'
        ? outcome
        : undefined;
    },
    keep: (outcome) => writeJson(outcomePath(outcome.id), outcome),
    release: () => lock?.release(),
  };
}

/** What a comparison writes beside its parts. */
const ours = [
  ...parts,
  LOGS,
  ...['comparison.json', 'report.html', 'report.md', 'trials.csv', 'summary.csv', 'summary.tex'],
  // What a comparison wrote in 0.1.0.
  'comparison.md',
];

function refuseForeign(path: string, asked: string): void {
  const foreign = fs
    .readdirSync(path)
    .find((name) => !ours.includes(name) && !lockFiles.test(name) && !isTemporary(name));
  if (foreign !== undefined)
    throw new UsageError(
      `--out: expected an empty folder or one of a comparison, got ${asked} with ${foreign} in it; give another folder`,
    );
}
