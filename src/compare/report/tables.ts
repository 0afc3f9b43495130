/** The numbers of a comparison as rows of text, for a page, for Markdown, CSV and LaTeX. */
import type { Contest } from '../contests.ts';
import type { TrialOutcome } from '../outcome.ts';
import type { Quartiles } from '../quartiles.ts';
import type { PairSummary } from '../summary.ts';
import type { Trial } from '../trial.ts';
import { chanceOf, figureOf, isFound, percentOf, secondsOf } from './words.ts';

/** A table for a person: a heading, and a row for each cell of one task. */
export function summaryRows(pairs: readonly PairSummary[]): string[][] {
  const spiked = pairs.some(({ afterSolving }) => afterSolving.evaluations > 0);
  const graded = pairs.some(({ grid }) => grid !== null);
  const hardest = pairs.find(({ grid }) => grid !== null)?.grid?.at(-1)?.name ?? '';
  const head = [
    'cell',
    'parameters',
    'state',
    'solved',
    '95 %',
    'sequences',
    'middle half',
    'time',
    `best, ${pairs[0]?.measure ?? ''}`,
    'at the end',
    ...(spiked ? ['spikes'] : []),
    ...(graded ? [`% wrong, ${hardest}`] : []),
    'with',
  ];
  const rows = pairs.map((pair) => [
    pair.cell,
    figureOf(pair.parameters),
    figureOf(pair.stateSize),
    `${pair.solved}/${pair.trials}`,
    `${percentOf(pair.success.low).replace(' %', '')}\u2013${percentOf(pair.success.high)}`,
    figureOf(pair.sequencesToSolved.median),
    middleHalf(pair.sequencesToSolved),
    secondsOf(pair.secondsToSolved.median),
    figureOf(pair.best.median),
    figureOf(pair.last.median),
    ...(spiked ? [`${pair.afterSolving.spikes} of ${pair.afterSolving.evaluations}`] : []),
    ...(graded ? [figureOf(pair.grid?.at(-1)?.wrong.median ?? null)] : []),
    settingsOf(pair),
  ]);
  return [head, ...rows];
}

function middleHalf({ first, third }: Quartiles): string {
  if (first === null) return '\u2013';
  return `${figureOf(first)} to ${third === null ? 'more' : figureOf(third)}`;
}

function settingsOf({ point, batchSize, diverged, failed }: PairSummary): string {
  return [
    ...Object.entries(point).map(([path, value]) => `${path.split('.').at(-1)} ${value}`),
    `batch ${batchSize}`,
    ...(diverged > 0 ? [`${diverged} diverged`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(', ');
}

/** Every cell against the one that does best: how likely it is sooner, and whether they differ. */
export function contestRows(best: string, contests: readonly Contest[]): string[][] {
  const rows = contests.flatMap((contest) => {
    const { first, second, firstSooner, adjustedP, p } = contest;
    if (first !== best && second !== best) return [];
    const turned = first === best;
    const { chance, low, high } = turned
      ? firstSooner
      : { chance: 1 - firstSooner.chance, low: 1 - firstSooner.high, high: 1 - firstSooner.low };
    return [
      [
        turned ? second : first,
        percentOf(chance),
        `${percentOf(low).replace(' %', '')}\u2013${percentOf(high)}`,
        chanceOf(p),
        chanceOf(adjustedP),
        isFound(contest) ? 'yes' : 'not shown',
      ],
    ];
  });
  return [['against', `${best} is sooner`, '95 %', 'p', 'adjusted p', 'differs'], ...rows];
}

/** A row for each trial with all that can be counted; empty where it is not known. */
export function trialRows(
  trials: readonly Trial[],
  outcomes: ReadonlyMap<string, TrialOutcome>,
): (string | number | null)[][] {
  const paths = [...new Set(trials.flatMap(({ point }) => Object.keys(point)))];
  const head = [
    ...[
      'id',
      'purpose',
      'task',
      'cell',
      'seed',
      'ending',
      'reason',
      'parameters',
      'budget_sequences',
      'sequences',
    ],
    ...['seconds', 'solved_at_sequences', 'solved_at_seconds', 'measure', 'best', 'last', 'spikes'],
    ...paths,
  ];
  const rows = trials.map((trial) => {
    const outcome = outcomes.get(trial.id);
    const { id, purpose, task, cell, seed, point, config } = trial;
    const values = outcome?.evaluations.flatMap(({ value }) => value ?? []) ?? [];
    return [
      ...[id, purpose, task, cell, seed, outcome?.ending ?? 'left', outcome?.reason ?? null],
      ...[outcome?.parameters ?? null, config.budget.sequences ?? null, outcome?.sequences ?? null],
      ...[outcome?.seconds ?? null, outcome?.solvedAtSequences ?? null, outcome?.solvedAtSeconds ?? null],
      ...[outcome?.measure ?? null, values.length === 0 ? null : Math.min(...values)],
      ...[outcome?.evaluations.at(-1)?.value ?? null, outcome?.afterSolving?.spikes ?? null],
      ...paths.map((path) =>
        typeof point[path] === 'number'
          ? point[path]
          : point[path] === undefined
            ? null
            : String(point[path]),
      ),
    ];
  });
  return [head, ...rows];
}

/** A row for each cell on each task, for a program. */
export function pairRows(pairs: readonly PairSummary[]): (string | number | null)[][] {
  const quartiles = (name: string) =>
    ['first_quartile', 'median', 'third_quartile'].map((part) => `${name}_${part}`);
  const head = [
    ...[
      'task',
      'cell',
      'parameters',
      'state_size',
      'batch_size',
      'budget_sequences',
      'trials',
      'solved',
      'diverged',
    ],
    ...['failed', 'success_low', 'success_high'],
    ...quartiles('sequences_to_solved'),
    ...quartiles('seconds_to_solved'),
    'measure',
    ...quartiles('best'),
    ...quartiles('last'),
    ...['evaluations_after_solving', 'spikes', 'settings'],
  ];
  const flat = ({ first, median, third }: Quartiles) => [first, median, third];
  const rows = pairs.map((pair) => [
    ...[
      pair.task,
      pair.cell,
      pair.parameters,
      pair.stateSize,
      pair.batchSize,
      pair.budgetSequences,
      pair.trials,
    ],
    ...[pair.solved, pair.diverged, pair.failed, pair.success.low, pair.success.high],
    ...flat(pair.sequencesToSolved),
    ...flat(pair.secondsToSolved),
    pair.measure,
    ...flat(pair.best),
    ...flat(pair.last),
    ...[pair.afterSolving.evaluations, pair.afterSolving.spikes, settingsOf(pair)],
  ]);
  return [head, ...rows];
}
