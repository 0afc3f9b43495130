/** The pictures of one task: standings, curves, generalization, sizes and times, and every two cells. */
import { inlineSvg } from '../../report/small-plane.ts';
import type { Analysis, TaskTelling } from '../analysis.ts';
import type { Quartiles } from '../quartiles.ts';
import type { PairSummary } from '../summary.ts';
import { budgetAxis, shareAxis, sizeAxis, valueAxis } from './axes.ts';
import { contestMap } from './contest-map.ts';
import { type CurvePoint, multiples } from './multiples.ts';
import { type Estimate, rowsPanel } from './rows.ts';
import { type Place, scatter } from './scatter.ts';
import { figureOf, percentOf, secondsOf, shortFigure } from './words.ts';

/** Pictures under a heading. */
export interface FigureGroup {
  /** Fit for the end of an address. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly svgs: readonly string[];
  /** How wide each is: half of a phone, or all of it, with one or two such beside each other where there is room. */
  readonly size: 'small' | 'wide' | 'two';
}

/** The pictures of a task; those for which there are no numbers are left out. */
export function taskFigures(telling: TaskTelling, { pairs, contests }: Analysis): FigureGroup[] {
  const own = ranked(pairs.filter(({ task }) => task === telling.task));
  const met = contests.filter(({ task }) => task === telling.task);
  const id = idOf(telling.task);
  return [
    standings(own),
    ...(met.length === 0 ? [] : [meetings(own, met)]),
    solving(own, `time-to-solve-${id}`),
    learning(own, telling, `learning-${id}`),
    ...generalization(own, telling, `generalization-${id}`),
    ...sizes(own, telling),
  ].map((group) => ({ ...group, name: `${group.name}-${id}` }));
}

/** A task's name, fit for an address within a page: its own may be of a file. */
export function idOf(task: string): string {
  return task.replace(/[^\w-]+/g, '-');
}

/** The best first: by the share solved, then by how soon, then by the value. */
export function ranked(pairs: readonly PairSummary[]): PairSummary[] {
  const soon = ({ sequencesToSolved: { first, median } }: PairSummary) =>
    median ?? (first === null ? 1e15 : 1e12 + first);
  return pairs.toSorted(
    (a, b) =>
      share(b) - share(a) ||
      soon(a) - soon(b) ||
      (a.best.median ?? Number.MAX_VALUE) - (b.best.median ?? Number.MAX_VALUE),
  );
}

function share({ solved, trials }: PairSummary): number {
  return trials === 0 ? -1 : solved / trials;
}

function standings(pairs: readonly PairSummary[]): FigureGroup {
  const budget = pairs[0]!.budgetSequences;
  const reached = pairs.flatMap(({ sequencesToSolved: { first } }) => first ?? []);
  const axis =
    reached.length === 0 ? { low: budget / 10, high: budget, ticks: [] } : sizeAxis([...reached, budget]);
  const panel = rowsPanel(
    pairs.map(({ cell }) => cell),
    [
      {
        name: 'solved',
        low: 0,
        high: 1,
        ticks: [
          [0, '0'],
          [0.5, '50 %'],
          [1, '100'],
        ],
        estimates: pairs.map((pair) =>
          pair.trials === 0
            ? undefined
            : { at: share(pair), ...pair.success, words: `${pair.solved}/${pair.trials}` },
        ),
        missing: 'none yet',
      },
      {
        name: 'sequences',
        ...axis,
        log: true,
        ticks: axis.ticks.map((tick) => [tick, shortFigure(tick)] as const),
        estimates: pairs.map(({ sequencesToSolved }) => estimateOf(sequencesToSolved)),
        missing: 'never',
      },
    ],
  );
  return {
    name: 'standings',
    title: 'Who solves it, and after how many sequences',
    caption: `The share of trials that solved the task with Wilson's 95 % interval, and sequences to solved, logarithmic: median and middle half; an arrow where a quarter or more never got there within ${figureOf(budget)}.`,
    svgs: [inlineSvg(panel, 'Share solved and sequences to solved, a row for each cell')],
    size: 'wide',
  };
}

/** Where fewer than half came to an end there is no median, only a beginning. */
function estimateOf({ first, median, third }: Quartiles): Estimate | undefined {
  if (first === null) return undefined;
  return {
    at: median ?? Number.NaN,
    low: first,
    high: third ?? Number.POSITIVE_INFINITY,
    words: median === null ? 'open' : shortFigure(median),
  };
}

function solving(pairs: readonly PairSummary[], id: string): FigureGroup {
  const budget = pairs[0]!.budgetSequences;
  const curves = pairs.map(({ cell, unsolved, solved, trials }) => {
    const steps = unsolved.map(({ time, surviving, band }) => ({
      x: time,
      value: 1 - surviving,
      low: 1 - band.high,
      high: 1 - band.low,
    }));
    const start = { x: 0, value: 0, low: 0, high: 0 };
    const last = steps.at(-1) ?? start;
    return { cell, note: `${solved}/${trials}`, points: [start, ...steps, { ...last, x: budget }] };
  });
  return {
    name: 'time-to-solve',
    title: 'Share solved over sequences',
    caption:
      "One minus Kaplan and Meier's curve with its 95 % band, before those of all other cells in gray.",
    svgs: multiples({
      id,
      what: 'Share solved',
      x: budgetAxis(budget),
      y: shareAxis,
      curves,
      levels: [],
      steps: true,
    }),
    size: 'small',
  };
}

function learning(
  pairs: readonly PairSummary[],
  { measure, log, lines }: TaskTelling,
  id: string,
): FigureGroup {
  const budget = pairs[0]!.budgetSequences;
  const curves = pairs.map(({ cell, learning: points, last }) => ({
    cell,
    note: last.median === null ? '' : shortFigure(last.median),
    points: points.map(({ sequences, first, median, third }): CurvePoint => {
      const value = median ?? Number.NaN;
      return { x: sequences, value, low: first ?? value, high: third ?? value };
    }),
  }));
  const levels = lines.filter(({ value }) => value > 0 || !log);
  const values = curves.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]));
  const told = levels.map(({ name, value }) => `${name} ${figureOf(value)}`).join(', ');
  return {
    name: 'learning',
    title: `Learning: ${measure}`,
    caption: `Median and middle half over all seeds${log ? ', logarithmic' : ''}; a trial that ended keeps its last value. The number is the median at the end.${told === '' ? '' : ` Dashed: ${told}.`}`,
    svgs: multiples({
      id,
      what: `Learning, ${measure}`,
      x: budgetAxis(budget),
      y: valueAxis(
        values,
        levels.map(({ value }) => value),
        log,
      ),
      curves,
      levels,
    }),
    size: 'small',
  };
}

function generalization(pairs: readonly PairSummary[], { grows }: TaskTelling, id: string): FigureGroup[] {
  const graded = pairs.filter(({ grid }) => grid !== null);
  if (graded.length === 0 || grows === undefined) return [];
  const curves = graded.map(({ cell, grid }) => {
    const points = grid!.map(({ settings, wrong: { first, median, third } }) => {
      const value = median ?? Number.NaN;
      return { x: Number(settings[grows.setting]), value, low: first ?? value, high: third ?? value };
    });
    return { cell, note: figureOf(grid!.at(-1)!.wrong.median), points };
  });
  const across = curves.flatMap(({ points }) => points.map(({ x }) => x));
  const most = Math.max(...across);
  const values = curves.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]));
  return [
    {
      name: 'generalization',
      title: `Beyond training: % wrong by ${grows.name}`,
      caption: `The best checkpoint of each trial on the task's grid: median and middle half. Shaded: trained on up to ${grows.trainedTo}. The number is that of ${grows.name} ${most}.`,
      svgs: multiples({
        id,
        what: `Percent wrong by ${grows.name}`,
        x: {
          low: 0,
          high: most,
          ticks: [0, grows.trainedTo, most].filter(
            (tick, i, all) => i === 0 || tick - all[i - 1]! > most / 8,
          ),
        },
        y: valueAxis(values, [], false),
        curves,
        levels: [],
        dots: true,
        trainedTo: grows.trainedTo,
      }),
      size: 'small',
    },
  ];
}

function sizes(pairs: readonly PairSummary[], { measure, log, lines }: TaskTelling): FigureGroup[] {
  const measured = pairs.filter(({ best }) => best.median !== null);
  const levels = lines.filter(({ name }) => name === 'solved').map(({ value }) => value);
  const plot = (x: (pair: PairSummary) => number | null, name: string, words: (value: number) => string) => {
    const able = measured.filter((pair) => (x(pair) ?? 0) > 0);
    if (able.length < 2) return [];
    const places = able.map((pair): Place => {
      const { first, median, third } = pair.best;
      return { name: pair.cell, x: x(pair)!, y: median!, low: first!, high: third ?? median! };
    });
    const y = valueAxis(
      places.flatMap(({ low, high }) => [low, high]),
      levels,
      log,
    );
    return [
      scatter(
        places,
        {
          x: sizeAxis(
            places.map((place) => place.x),
            words,
          ),
          y,
          levels,
        },
        [`best ${measure}`, name],
      ),
    ];
  };
  const svgs = [
    ...plot(({ stateSize }) => stateSize, 'by state size, in numbers', shortFigure),
    ...plot(({ seconds }) => seconds.median, 'by time of training', secondsOf),
  ];
  if (svgs.length === 0) return [];
  return [
    {
      name: 'costs',
      title: 'What it costs',
      caption: `The best ${measure} of a trial, median and middle half${log ? ', logarithmic' : ''}, by the numbers that a cell hands on from step to step, and by the median time that its trials trained. Trials ended when the task was solved go no lower.${levels.length === 0 ? '' : ' Dashed: solved.'} The lower left is best.`,
      svgs,
      size: 'two',
    },
  ];
}

function meetings(pairs: readonly PairSummary[], contests: Analysis['contests']): FigureGroup {
  const cells = pairs.map(({ cell }) => cell);
  return {
    name: 'pairs',
    title: 'Every two cells',
    caption: `Orange: a trial of the cell of the row solves the task sooner than one of the cell of the column; blue: later; the deeper, the surer (Cliff's delta, ${percentOf(1)} at the deepest). A dot where the difference holds by Mann and Whitney's test, p adjusted by Holm's method below 0.05.`,
    svgs: [contestMap(cells, contests)],
    size: 'wide',
  };
}
