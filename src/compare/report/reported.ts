/** What a report is made of, and its first sentences: what was found, before any number. */
import type { Analysis } from '../analysis.ts';
import { rankedOverall } from './overall-figures.ts';
import { ranked } from './task-figures.ts';
import { ALPHA, caveats as caveatsOf, count, figureOf, isFound, percentOf } from './words.ts';

/** A comparison, ready to be told. */
export interface Reported {
  readonly title: string;
  readonly subtitle: string;
  readonly command: string;
  readonly version: string;
  readonly analysis: Analysis;
  /** What it cannot say. */
  readonly caveats: readonly string[];
}

/** Gathers what is told of a comparison of so many seeds. */
export function reported(
  analysis: Analysis,
  { seeds, command, version }: { readonly seeds: number; readonly command: string; readonly version: string },
): Reported {
  const cells = new Set(analysis.pairs.map(({ cell }) => cell)).size;
  const trials = analysis.pairs.reduce((sum, pair) => sum + pair.trials, 0);
  const tasks = analysis.tasks.map(({ task }) => task);
  const named = tasks.length === 1 ? tasks[0]! : `${tasks.slice(0, -1).join(', ')} and ${tasks.at(-1)}`;
  return {
    title: `${count(cells, 'cell')} on ${named}`,
    subtitle: `${count(seeds, 'seed')} each, ${count(trials, 'trial')} in all`,
    command,
    version,
    analysis,
    caveats: caveatsOf(analysis, seeds),
  };
}

/** `at most 50,000 sequences a trial`, and what the task counts as. */
export function taskTitle(task: string, { pairs, tasks }: Analysis): string {
  const { budgetSequences } = pairs.find((pair) => pair.task === task)!;
  const { measure, lines } = tasks.find((one) => one.task === task)!;
  const levels = lines.map(({ name, value }) => `${name} ${figureOf(value)}`).join(', ');
  return `At most ${figureOf(budgetSequences)} sequences a trial. Values are ${measure}${levels === '' ? '' : `: ${levels}`}.`;
}

/** A sentence for each task, and one for all of them. */
export function headlines({ analysis }: Pick<Reported, 'analysis'>): string[] {
  const { tasks, pairs, contests, overall } = analysis;
  const sentences = tasks.map(({ task }) => {
    const own = ranked(pairs.filter((pair) => pair.task === task));
    const [best] = own;
    if (best === undefined || best.trials === 0) return `${task}: no trial has ended.`;
    if (best.solved === 0) return `${task}: no cell solved it.`;
    const whole = own.filter(({ solved, trials }) => trials > 0 && solved === trials).length;
    const none = own.filter(({ solved, trials }) => trials > 0 && solved === 0).length;
    const beaten = contests.filter(
      (one) =>
        one.task === task &&
        isFound(one) &&
        ((one.first === best.cell && one.delta > 0) || (one.second === best.cell && one.delta < 0)),
    ).length;
    const after =
      best.sequencesToSolved.median === null
        ? `on ${best.solved} of ${best.trials} seeds`
        : `after a median of ${figureOf(best.sequencesToSolved.median)} sequences, on ${best.solved} of ${best.trials} seeds`;
    const counts = `Of ${count(own.length, 'cell')} ${whole} solved it on every seed, ${none} on none.`;
    const shown = beaten === 0 ? '' : ` It is sooner than ${count(beaten, 'other cell')} by test.`;
    return `${task}: ${best.cell} solves it soonest, ${after}.${shown} ${counts}`;
  });
  const found = contests.filter(isFound).length;
  if (found > 0)
    sentences.push(
      `Of ${count(contests.length, 'pair')} of cells on a task ${found} differ in how soon they solve it (Holm-adjusted p below ${ALPHA}).`,
    );
  const [first] = rankedOverall(overall);
  if (tasks.length < 2 || first === undefined) return sentences;
  const { mean, low, high } = first.budgetLeft;
  const tied = overall.filter(({ budgetLeft }) => budgetLeft.high >= low).length - 1;
  const reach =
    tied === 0
      ? 'which no other interval reaches'
      : `which the intervals of ${count(tied, 'other cell')} reach`;
  const interval = `95 % interval ${percentOf(low)} to ${percentOf(high)}`;
  const all = `Over all tasks ${first.cell} has most of its budget left when done: ${percentOf(mean)} (${interval}${hasEnough(pairs) ? `, ${reach}` : ''}).`;
  return [...sentences, all];
}

/** Of fewer seeds a bootstrap knows too little for its intervals to be held against each other. */
function hasEnough(pairs: Analysis['pairs']): boolean {
  return pairs.every(({ trials }) => trials >= 5);
}
