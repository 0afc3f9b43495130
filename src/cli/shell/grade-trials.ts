/** The generalization grid of every trial that counts, each evaluated by a process of its own and kept with its outcome. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import type { EvaluationRow } from '../../app/evaluate.ts';
import type { Journal } from '../../compare/journal.ts';
import type { GridScore, TrialOutcome } from '../../compare/outcome.ts';
import type { Outcomes } from '../../compare/run-trials.ts';
import type { Trial } from '../../compare/trial.ts';
import { lossKinds } from '../../core/loss-kinds.ts';
import { assemble, type Registry } from '../../registry.ts';
import { mainProgram } from './programs.ts';
import type { Terminal } from './terminal.ts';

/** Who grades, and how many trials at a time. */
export interface Grading {
  readonly journal: Journal;
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  knownTo(trial: Trial): Registry;
}

/**
 * Evaluates the best checkpoint of each trial on its task's grid, where that was not done before, and returns all outcomes
 * with their grids. Those that diverged or failed have none; one whose run is elsewhere or cannot be evaluated is told.
 */
export async function gradeTrials(
  trials: readonly Trial[],
  outcomes: Outcomes,
  grading: Grading,
): Promise<Outcomes> {
  const graded = new Map(outcomes);
  const left = trials.filter(({ id }) => isUngraded(outcomes.get(id)));
  const { workers, signal, terminal } = grading;
  const total = left.length;
  const hand = async () => {
    for (let trial = left.shift(); trial && !signal.aborted; trial = left.shift()) {
      terminal.status(`grid: ${total - left.length} of ${total} trials`);
      const grid = await gridOf(trial, grading);
      if (grid === undefined) continue;
      const outcome = { ...outcomes.get(trial.id)!, grid };
      grading.journal.keep(outcome);
      graded.set(trial.id, outcome);
    }
  };
  await Promise.all(Array.from({ length: workers }, hand));
  return graded;
}

function isUngraded(outcome: TrialOutcome | undefined): boolean {
  return (outcome?.ending === 'solved' || outcome?.ending === 'spent') && outcome.grid === undefined;
}

/** A grid has a few dozen rows of a few hundred bytes. */
const MOST_BYTES = 1 << 24;

async function gridOf(
  trial: Trial,
  { journal, signal, terminal, knownTo }: Grading,
): Promise<GridScore[] | undefined> {
  const run = journal.runOf(trial);
  if (!fs.existsSync(run)) {
    terminal.note(`no grid for ${trial.id}: its run is not in ${run}`);
    return undefined;
  }
  const { task } = assemble(trial.config, knownTo(trial));
  const [node, main] = mainProgram;
  try {
    const argv = [main, 'eval', run, '--grid', '--json', '--threads=1'];
    const { stdout } = await promisify(execFile)(node, argv, { signal, maxBuffer: MOST_BYTES });
    const { results } = JSON.parse(stdout) as { readonly results: readonly EvaluationRow[] };
    return results.map((row) => ({
      name: row.name,
      settings: row.settings,
      wrongPercent: lossKinds[task.loss].wrong.of(row) ?? Number.NaN,
      inexactPercent: 100 * (1 - row.exactAccuracy),
    }));
  } catch (error) {
    if (!signal.aborted) terminal.note(`no grid for ${trial.id}: ${reasonOf(error)}`);
    return undefined;
  }
}

/** The last line that the process said. */
function reasonOf(error: unknown): string {
  const { stderr, message } = error as Error & { readonly stderr?: string };
  return (stderr?.trim() || message)
    .split('\n')
    .at(-1)!
    .replace(/^engram( \w+)?: /, '');
}
