/** `engram compare`: every cell on every task, over many seeds, with an equal search for each. */
import type { Journal } from '../../compare/journal.ts';
import type { Runner } from '../../compare/run-trials.ts';
import type { Command, Flag, Input } from '../shell/command.ts';
import type { Found } from '../shell/comparison-files.ts';
import type { AskedComparison } from '../shell/comparison-plan.ts';
import type { Terminal } from '../shell/terminal.ts';
import { settingGroups, trainingFlags } from '../shell/training-flags.ts';
import type { TrialProgress } from '../shell/trial-progress.ts';

/** What of training is set for all trials alike. */
const { preset, batch, optimizer, engine, backend } = trainingFlags as Record<string, Flag>;
const alike = {
  preset: preset!,
  'until-solved': {
    kind: 'switch',
    path: 'budget.untilSolved',
    describe: 'end a trial as soon as its task is solved (default; =false trains to the end of the budget)',
  },
  'max-time': trainingFlags['max-time']!,
  batch: batch!,
  optimizer: optimizer!,
  engine: engine!,
  backend: backend!,
} satisfies Record<string, Flag>;

/** The command. */
export const command: Command = {
  name: 'compare',
  takes: '[plan.yaml] --task <task,...> --cells <cell,...>',
  summary:
    'Train several cells on several tasks over many seeds, and tell how often, how fast and how well each solves them.',
  flags: {
    task: { kind: 'list', describe: 'the tasks: see engram tasks, or files of your own' },
    cells: { kind: 'list', describe: 'the cells: see engram cells, or files of your own' },
    seeds: { kind: 'text', describe: 'how many fresh seeds each cell is counted on, from 1001 (default 10)' },
    sequences: {
      kind: 'text',
      describe: "the budget of each trial (default the recipe's, where it is the same for all)",
    },
    search: {
      kind: 'list',
      describe:
        'settings to choose for each cell before it is counted: rate=1e-4..1e-2:4, or cell.size=32,64',
    },
    'search-seeds': {
      kind: 'text',
      describe: 'how many seeds each point of the search has, from 1 (default 1)',
    },
    grid: {
      kind: 'switch',
      describe: "evaluate each trial's best checkpoint on its task's generalization grid, too",
    },
    workers: {
      kind: 'text',
      describe: 'trials at a time, one thread each (default as many as there are cores)',
    },
    out: {
      kind: 'text',
      describe: 'folder of the comparison (default comparison); the same command goes on in it',
    },
    commands: {
      kind: 'switch',
      describe:
        'train nothing, and print one command a trial that is left: for GNU parallel or anything else',
    },
    slurm: {
      kind: 'text',
      describe: 'train nothing, and write a job array of what is left for sbatch into this file',
    },
    'per-task': { kind: 'text', describe: 'trials that a task of the job array does in turn (default 20)' },
    ...alike,
  },
  groups: settingGroups,
  examples: [
    ['engram compare --task copy --cells lstm,ntm --preset tiny --seeds 3', 'a first look, in a minute'],
    [
      'engram compare --task copy,mqar --cells lstm,ntm,delta --search rate=1e-4..1e-2:4',
      'each cell at the best of four rates, found on seeds that are not reported',
    ],
    [
      'engram compare plan.yaml --seeds 3',
      'what a file says: its keys are these flags, and what is typed wins',
    ],
  ],
  positionals: { least: 0, most: Number.POSITIVE_INFINITY },
  run,
};

async function run(input: Input, terminal: Terminal): Promise<void> {
  const { openJournal } = await import('../../compare/journal.ts');
  const { readPlan } = await import('../shell/comparison-plan.ts');
  const { performerOf } = await import('../shell/comparison-places.ts');
  const { listenForSignals } = await import('../shell/signals.ts');
  const { showTrials } = await import('../shell/trial-progress.ts');
  const asked = await readPlan(input, command, alike);
  for (const line of asked.notes) terminal.note(`engram compare: ${line}`);
  const journal = await openJournal(asked.out);
  const progress = showTrials(terminal, asked.workers);
  const signals = listenForSignals((name) =>
    terminal.note(`${name}: trials are saving; once more ends at once`),
  );
  const { signal } = signals;
  const { perform, left } = performerOf({ asked, journal, signal, tell: progress.event, terminal });
  try {
    const found = await carryOut(asked, { journal, perform, tell: progress.event }, progress);
    progress.stop();
    const isLocal = asked.place.kind === 'local';
    // What a signal leaves is told, too, where there is any of it.
    if (isLocal && (found.whole || found.final.outcomes.size > 0))
      await tell(found, { input, terminal, asked, journal, signal });
    if (!found.whole || signal.aborted) {
      terminal.note(left);
      if (signal.aborted) process.exitCode = signals.exitCode() ?? 130;
    } else if (!isLocal)
      terminal.note(
        'every trial is done; the same command without --commands or --slurm tells what came of them',
      );
  } finally {
    progress.stop();
    signals.stop();
    journal.release();
  }
}

/** Searches, then counts, and says what was found; whether that is all. */
async function carryOut(
  { plan, common }: AskedComparison,
  runner: Runner,
  progress: TrialProgress,
): Promise<Found & { readonly whole: boolean }> {
  const { choose, scorePoints } = await import('../../compare/choose.ts');
  const { checkBudgets, finalTrials, searchTrials } = await import('../../compare/plan.ts');
  const { runTrials } = await import('../../compare/run-trials.ts');
  const trials = searchTrials(plan, common);
  // What cannot be is found out before anything trains.
  checkBudgets(trials);
  const planned = finalTrials(plan, choose(plan, []), common);
  checkBudgets(planned);
  progress.expect(trials, planned.length);
  const search = { trials, outcomes: await runTrials(trials, runner) };
  if (!areDone(search)) return { search, final: { trials: [], outcomes: new Map() }, whole: false };
  const counted = finalTrials(plan, choose(plan, scorePoints(trials, search.outcomes)), common);
  progress.expect(counted, 0);
  const final = { trials: counted, outcomes: await runTrials(counted, runner) };
  return { search, final, whole: areDone(final) };
}

function areDone({ trials, outcomes }: Found['final']): boolean {
  return trials.every(({ id }) => outcomes.has(id));
}

/** What a comparison is told with. */
interface Telling {
  readonly input: Input;
  readonly terminal: Terminal;
  readonly asked: AskedComparison;
  readonly journal: Journal;
  readonly signal: AbortSignal;
}

/** Leaves what was found beside the trials, with their grids where that is asked for, and prints the tables of all. */
async function tell(
  { whole, ...found }: Found & { readonly whole: boolean },
  { input, terminal, asked, journal, signal }: Telling,
): Promise<void> {
  const { writeComparison } = await import('../shell/comparison-files.ts');
  const { gradeTrials } = await import('../shell/grade-trials.ts');
  const { comparisonText } = await import('../shell/comparison-table.ts');
  const { shownPath } = await import('../shell/shown-path.ts');
  const { plan, knownTo, workers, grid } = asked;
  const { trials, outcomes } = found.final;
  const graded =
    whole && grid
      ? await gradeTrials(trials, outcomes, { journal, workers, signal, terminal, knownTo })
      : outcomes;
  const { path } = journal;
  const document = await writeComparison(
    { ...found, final: { trials, outcomes: graded } },
    { plan, path, knownTo, command: ['engram', 'compare', ...input.argv].join(' ') },
  );
  terminal.note(`the report is ${shownPath(path)}/report.html`);
  if (!whole) return;
  const { pairs, caveats } = document;
  terminal.result(input.flags.json ? JSON.stringify(document) : comparisonText(pairs, caveats));
  if (pairs.some(({ failed }) => failed > 0)) process.exitCode = 1;
}
