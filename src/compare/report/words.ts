/** How numbers of a comparison are said, and what so few seeds cannot say. */
import type { Analysis } from '../analysis.ts';
import type { Contest } from '../contests.ts';

/** Three significant digits: `0.0145`, `12.3`; large ones whole, in groups: `21,168`. */
export function figureOf(value: number | null): string {
  if (value === null) return '\u2013';
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(3)));
}

/** Short enough for a label: `850`, `21k`, `1.5M`. */
export function shortFigure(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(2))}M`;
  if (value >= 1e3) return `${Number((value / 1e3).toPrecision(value >= 1e5 ? 3 : 2))}k`;
  return String(Number(value.toPrecision(2)));
}

/** `850 ms`, `3.2 s`, `4.1 min`, `2.5 h`. */
export function secondsOf(value: number | null): string {
  if (value === null) return '\u2013';
  if (value < 1) return `${Math.round(1000 * value)} ms`;
  if (value < 120) return `${Number(value.toPrecision(2))} s`;
  return value < 7200
    ? `${Number((value / 60).toPrecision(2))} min`
    : `${Number((value / 3600).toPrecision(2))} h`;
}

/** `0.03`, `0.0002`, `below 0.0001`. */
export function chanceOf(p: number): string {
  if (p < 1e-4) return 'below 0.0001';
  return String(Number(p.toPrecision(p < 0.1 ? 1 : 2)));
}

/** `12 %`. */
export function percentOf(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** Below which p a difference counts as found. */
export const ALPHA = 0.05;

/** Whether a contest found a difference. */
export function isFound({ adjustedP }: Contest): boolean {
  return adjustedP < ALPHA;
}

/** What a reader must know before the numbers: how little few seeds can say, and what is missing. */
export function caveats({ pairs, contests }: Analysis, planned: number): string[] {
  const trials = Math.max(0, ...pairs.map((pair) => pair.trials));
  const fewest = Math.min(...pairs.map((pair) => pair.trials));
  const missing = pairs.reduce((sum, pair) => sum + Math.max(0, planned - pair.trials - pair.failed), 0);
  const failed = pairs.reduce((sum, pair) => sum + pair.failed, 0);
  const found = contests.filter(isFound).length;
  return [
    ...(missing > 0
      ? [
          `${count(missing, 'trial')} of ${planned * pairs.length} ${missing === 1 ? 'has' : 'have'} not ended: everything below is of those that have.`,
        ]
      : []),
    ...(failed > 0
      ? [
          `${count(failed, 'trial')} failed and ${failed === 1 ? 'counts' : 'count'} in nothing: the same command tries ${failed === 1 ? 'it' : 'them'} again.`,
        ]
      : []),
    ...(trials === 0 ? [] : seedWords(fewest === trials ? trials : fewest)),
    ...(contests.length === 0 ? [] : powerWords(contests, found)),
  ];
}

function seedWords(seeds: number): string[] {
  if (seeds === 0) return ['Some cells have no trial that ended.'];
  if (seeds === 1)
    return [
      'One seed says that a cell can solve a task, or did not this time: not how surely, and not how fast. No two cells can be told apart. Give --seeds 10.',
    ];
  if (seeds >= 10) return [];
  return [
    `${seeds} seeds are few: a cell that solved all ${seeds} may still fail on ${failing(seeds)} % of seeds (Wilson's 95 % interval).`,
    ...(seeds < 5
      ? ['Intervals by bootstrap of fewer than five seeds are narrower than they should be.']
      : []),
  ];
}

/** One minus the lower end of Wilson's interval of n of n: z^2 / (n + z^2). */
function failing(seeds: number): number {
  return Math.floor((100 * 3.8415) / (seeds + 3.8415));
}

function powerWords(contests: readonly Contest[], found: number): string[] {
  const smallest = Math.min(...contests.map(({ smallestP }) => smallestP));
  const adjusted = Math.min(...contests.map(({ smallestAdjustedP }) => smallestAdjustedP));
  if (smallest >= ALPHA)
    return [
      `With these seeds no p under ${chanceOf(smallest)} is possible, however different two cells are: no difference can be shown between any two of them. What is drawn is what was seen, not what is proven.`,
    ];
  if (adjusted >= ALPHA)
    return [
      `With these seeds no p under ${chanceOf(smallest)} is possible, and after Holm's correction for all pairs of a task none under ${chanceOf(adjusted)}: no difference can be shown. Compare fewer cells, or give more seeds.`,
    ];
  return found === contests.length
    ? []
    : [
        'Where no difference is shown, none is disproven: two cells may differ by less than so many seeds can tell.',
      ];
}

/** `1 trial`, `3 trials`. */
export function count(many: number, what: string): string {
  return `${many.toLocaleString('en-US')} ${what}${many === 1 ? '' : 's'}`;
}

/** What each number is, once for all forms of the report. */
export const METHODS: readonly string[] = [
  'Every trial of a task trains on the same number of sequences, on one thread, and is evaluated fifty times on sequences of its own; unless it was asked otherwise it ends when the task is solved.',
  'Seeds from 1001 on are counted; settings were chosen on others. Trials that diverged count as never solved; trials that failed count in nothing.',
  "The share solved has Wilson's 95 % interval. Sequences and seconds to solved are medians and quartiles by Kaplan and Meier's estimate over all trials, those that never solved the task included; the band of its curve is Rothman's.",
  "Two cells differ by Mann and Whitney's two-sided test on the sequences to solved, in which all trials that never solved the task tie; p is exact for up to 60 trials, and adjusted by Holm's method over all pairs of a task. The chance to be sooner is Vargha and Delaney's A with Newcombe's 95 % interval; Cliff's delta is 2 A \u2212 1.",
  'Over all tasks, a trial scores the share of its budget that was left when the task was solved, 0 where it never was. Cells are summed up by the interquartile mean with a 95 % interval of 2,000 stratified bootstrap resamples (Agarwal et al. 2021).',
  'Learning curves are medians with the middle half of all seeds; a trial that ended keeps its last value, one that diverged has none.',
];
