/** The pictures of all tasks together. */
import { inlineSvg } from '../../report/small-plane.ts';
import type { Overall } from '../overall.ts';
import { shareAxis } from './axes.ts';
import { multiples } from './multiples.ts';
import { rowsPanel } from './rows.ts';
import type { FigureGroup } from './task-figures.ts';
import { percentOf } from './words.ts';

/** The best first. */
export function rankedOverall(overall: readonly Overall[]): Overall[] {
  return overall.toSorted((a, b) => b.budgetLeft.mean - a.budgetLeft.mean);
}

/** Interquartile means and performance profiles; nothing where no cell has a trial on each task. */
export function overallFigures(overall: readonly Overall[]): FigureGroup[] {
  if (overall.length === 0) return [];
  const best = rankedOverall(overall);
  const panel = rowsPanel(
    best.map(({ cell }) => cell),
    [
      {
        name: 'share of the budget left when solved',
        low: 0,
        high: 1,
        ticks: [0, 0.25, 0.5, 0.75, 1].map((tick) => [tick, percentOf(tick)] as const),
        estimates: best.map(({ budgetLeft: { mean, low, high } }) => ({
          at: mean,
          low,
          high,
          words: percentOf(mean),
        })),
      },
    ],
  );
  return [
    {
      name: 'overall',
      title: 'Share of the budget left',
      caption:
        'Interquartile mean over the trials of all tasks, 0 for those that never solved theirs, with its 95 % interval by stratified bootstrap.',
      svgs: [inlineSvg(panel, 'Share of the budget left when the task was solved, a row for each cell')],
      size: 'wide',
    },
    {
      name: 'profile',
      title: 'Share solved over the budget',
      caption:
        'Performance profiles: the share of all trials, every task weighing alike, that have solved their task by a share of its budget, with a 95 % band by stratified bootstrap. A curve above another everywhere is the better cell.',
      svgs: multiples({
        id: 'profile',
        what: 'Share of trials solved by a share of the budget',
        x: { low: 0, high: 1, ticks: [0, 0.5, 1], words: percentOf },
        y: shareAxis,
        curves: best.map(({ cell, profile }) => ({
          cell,
          note: percentOf(profile.at(-1)!.solved),
          points: profile.map(({ budget, solved, low, high }) => ({ x: budget, value: solved, low, high })),
        })),
        levels: [],
      }),
      size: 'small',
    },
  ];
}
