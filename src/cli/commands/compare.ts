/** `engram compare`: every cell on every task, over many seeds, with an equal search for each. */
import type { Journal } from '../../compare/journal.ts';
import type { Plan } from '../../compare/plan.ts';
import type { Outcomes, Runner } from '../../compare/run-trials.ts';
import type { Trial } from '../../compare/trial.ts';
import type { Command, Flag, Input } from '../shell/command.ts';
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
    if (found === undefined) {
      terminal.note(left);
      if (signal.aborted) process.exitCode = signals.exitCode() ?? 130;
    } else if (asked.place.kind === 'local') await tell(found, asked.plan, { input, terminal, journal });
    else
      terminal.note(
        'every trial is done; the same command without --commands or --slurm tells what came of them',
      );
  } finally {
    progress.stop();
    signals.stop();
    journal.release();
  }
}

/** Everything that was tried. */
interface Found {
  readonly search: { readonly trials: readonly Trial[]; readonly outcomes: Outcomes };
  readonly final: { readonly trials: readonly Trial[]; readonly outcomes: Outcomes };
}

/** Searches, then counts; nothing where trials are left. */
async function carryOut(
  { plan, common }: AskedComparison,
  runner: Runner,
  progress: TrialProgress,
): Promise<Found | undefined> {
  const { choose, scorePoints } = await import('../../compare/choose.ts');
  const { checkBudgets, finalTrials, searchTrials } = await import('../../compare/plan.ts');
  const { runTrials } = await import('../../compare/run-trials.ts');
  const search = searchTrials(plan, common);
  // What cannot be is found out before anything trains.
  checkBudgets(search);
  const counted = finalTrials(plan, choose(plan, []), common);
  checkBudgets(counted);
  progress.expect(search, counted.length);
  const searched = await runTrials(search, runner);
  if (!areDone(search, searched)) return undefined;
  const trials = finalTrials(plan, choose(plan, scorePoints(search, searched)), common);
  progress.expect(trials, 0);
  const outcomes = await runTrials(trials, runner);
  if (!areDone(trials, outcomes)) return undefined;
  return { search: { trials: search, outcomes: searched }, final: { trials, outcomes } };
}

function areDone(trials: readonly Trial[], outcomes: Outcomes): boolean {
  return trials.every(({ id }) => outcomes.has(id));
}

/** Prints the tables, and leaves them beside the trials. */
async function tell(
  { search, final }: Found,
  plan: Plan,
  {
    input,
    terminal,
    journal,
  }: { readonly input: Input; readonly terminal: Terminal; readonly journal: Journal },
): Promise<void> {
  const { scorePoints } = await import('../../compare/choose.ts');
  const { pairsOf } = await import('../../compare/plan.ts');
  const { summarizePair } = await import('../../compare/summary.ts');
  const { writeJson } = await import('../../runs/folder.ts');
  const { replaceFile } = await import('../../runs/whole-file.ts');
  const { comparisonMarkdown, comparisonText } = await import('../shell/comparison-table.ts');
  const { packageVersion } = await import('../shell/version.ts');
  const { shownPath } = await import('../shell/shown-path.ts');
  const { join } = await import('node:path');
  const pairs = pairsOf(plan).map((pair) => {
    const own = final.trials.find(({ task, cell }) => task === pair.task && cell === pair.cell)!;
    return summarizePair({ ...pair, point: own.point }, final.trials, final.outcomes);
  });
  const told = ({ trials, outcomes }: Found['final']) =>
    trials.map(({ id, task, cell, seed, point }) => ({
      id,
      task,
      cell,
      seed,
      point,
      outcome: outcomes.get(id),
    }));
  const document = {
    schema: 'engram.compare/1',
    version: packageVersion(),
    command: ['engram', 'compare', ...input.argv].join(' '),
    pairs,
    searched: scorePoints(search.trials, search.outcomes),
    trials: { search: told(search), final: told(final) },
  };
  const { path } = journal;
  writeJson(join(path, 'comparison.json'), document);
  replaceFile(join(path, 'comparison.md'), `# Comparison\n\n${comparisonMarkdown(pairs, plan.seeds)}\n`);
  terminal.result(input.flags.json ? JSON.stringify(document) : comparisonText(pairs, plan.seeds));
  terminal.note(`every trial is in ${shownPath(path)}`);
  if (pairs.some(({ failed }) => failed > 0)) process.exitCode = 1;
}
