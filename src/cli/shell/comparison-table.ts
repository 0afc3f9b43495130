/** A comparison for a person: a table for each task, on a screen or as Markdown. */
import type { Quartiles } from '../../compare/quartiles.ts';
import type { PairSummary } from '../../compare/summary.ts';
import { markdownTable, table } from '../../report/table.ts';
import { duration, figure } from './progress.ts';
import { pointText } from './trial-progress.ts';

/** The tables of a comparison, one a task, and what they cannot say. */
export function comparisonText(pairs: readonly PairSummary[], caveats: readonly string[]): string {
  const tasks = [...new Set(pairs.map(({ task }) => task))];
  const tables = tasks.map((task) => {
    const rows = rowsOf(pairs.filter((pair) => pair.task === task));
    return `${titleOf(task, pairs)}\n${table(rows, [1, 2, 4, 5, 6, 7])}`;
  });
  return [...tables, MEANING, ...caveats].join('\n\n');
}

/** The same for a document, each table under a heading of so many signs. */
export function comparisonMarkdown(
  pairs: readonly PairSummary[],
  seeds: number,
  heading: '##' | '###' = '##',
): string {
  const tasks = [...new Set(pairs.map(({ task }) => task))];
  const tables = tasks.map((task) => {
    const rows = rowsOf(pairs.filter((pair) => pair.task === task));
    return [`${heading} ${titleOf(task, pairs)}`, markdownTable(rows)].join('\n\n');
  });
  return [...tables, ...remarks(pairs, seeds)].join('\n\n');
}

function titleOf(task: string, pairs: readonly PairSummary[]): string {
  const { budgetSequences } = pairs.find((pair) => pair.task === task)!;
  return `${task}, at most ${budgetSequences.toLocaleString('en-US')} sequences`;
}

function rowsOf(pairs: readonly PairSummary[]): string[][] {
  const [{ measure }] = pairs as [PairSummary];
  const head = [
    'cell',
    'parameters',
    'solved',
    '95 %',
    'sequences',
    'middle half',
    'time',
    `best, ${measure}`,
    'with',
  ];
  return [head, ...pairs.map(rowOf)];
}

function rowOf(pair: PairSummary): string[] {
  const { cell, parameters, trials, solved, diverged, failed, success, sequencesToSolved, best, point } =
    pair;
  const bad = [diverged > 0 ? `${diverged} diverged` : '', failed > 0 ? `${failed} failed` : ''];
  const seconds = pair.secondsToSolved.median;
  return [
    cell,
    parameters === null ? '-' : String(parameters),
    `${solved}/${trials}`,
    `${percent(success.low)} to ${percent(success.high)} %`,
    shown(sequencesToSolved.median),
    middleHalf(sequencesToSolved),
    seconds === null ? '-' : duration(seconds),
    best.median === null ? '-' : figure(best.median),
    [...pointText(point), `batch ${pair.batchSize}`, ...bad.filter(Boolean)].join(', '),
  ];
}

function percent(share: number): string {
  return String(Math.round(100 * share));
}

function shown(value: number | null): string {
  return value === null ? '-' : String(value);
}

/** From the first quartile to the third; what was not reached within the budget is open. */
function middleHalf({ first, third }: Quartiles): string {
  return first === null ? '-' : `${first} to ${third ?? 'more'}`;
}

const MEANING =
  "Sequences and time are medians over all seeds, those that did not solve the task included; time is of one thread. The interval of the share solved is Wilson's.";

/** What the numbers are, and what they cannot say. */
function remarks(pairs: readonly PairSummary[], seeds: number): string[] {
  const few =
    seeds < 3
      ? [
          `${seeds === 1 ? 'One seed says' : 'Two seeds say'} that a cell can solve a task, not how surely or how fast: give --seeds 10.`,
        ]
      : [];
  const failed = pairs.reduce((sum, pair) => sum + pair.failed, 0);
  return [
    MEANING,
    ...few,
    ...(failed > 0
      ? [`${failed} trials failed and count in nothing: the same command tries them again.`]
      : []),
  ];
}
