/** What a comparison is told by: contests, scores over tasks, curves, and the texts made of them. */
import { describe, expect, it } from 'vitest';
import { type Analysis, analyze } from '../../../src/compare/analysis.ts';
import { contestsOf } from '../../../src/compare/contests.ts';
import { learningCurve } from '../../../src/compare/learning.ts';
import type { TrialOutcome } from '../../../src/compare/outcome.ts';
import { overallOf } from '../../../src/compare/overall.ts';
import { csv, escapeLatex, latex, reportMarkdown } from '../../../src/compare/report/documents.ts';
import { reportPage } from '../../../src/compare/report/page.ts';
import { reported } from '../../../src/compare/report/reported.ts';
import { pairRows, trialRows } from '../../../src/compare/report/tables.ts';
import type { Trial } from '../../../src/compare/trial.ts';
import type { Config } from '../../../src/train/config.ts';

const BUDGET = 1000;

/** The trial of a seed that solved its task after so many sequences, or never did. */
function outcome(id: string, solvedAt: number | null, over: Partial<TrialOutcome> = {}): TrialOutcome {
  return {
    schema: 'engram.trial/1',
    id,
    ending: solvedAt === null ? 'spent' : 'solved',
    reason: null,
    parameters: 10,
    sequences: solvedAt ?? BUDGET,
    seconds: 2,
    solvedAtSequences: solvedAt,
    solvedAtSeconds: solvedAt === null ? null : solvedAt / 100,
    measure: 'bits per sequence',
    evaluations: [
      { sequences: 100, value: 8 },
      { sequences: solvedAt ?? BUDGET, value: solvedAt === null ? 4 : 0.02 },
    ],
    ...over,
  };
}

const entrant = (cell: string, times: readonly (number | null)[], task = 'copy') => ({
  task,
  cell,
  outcomes: times.map((time, i) => outcome(`${task} ${cell} ${i}`, time)),
});

/** A comparison of these cells by the times that their seeds took. */
function comparison(times: Readonly<Record<string, readonly (number | null)[]>>, tasks = ['copy']): Analysis {
  const all = tasks.flatMap((task) => Object.entries(times).map(([cell, own]) => entrant(cell, own, task)));
  const trials = all.flatMap(({ task, cell, outcomes }) =>
    outcomes.map(
      ({ id }, i): Trial => ({
        ...{ id, task, cell, seed: 1001 + i, purpose: 'final', point: { 'optimizer.rate': 0.01 }, asked: {} },
        config: { batchSize: 4, budget: { sequences: BUDGET } } as unknown as Config,
      }),
    ),
  );
  return analyze(all, {
    trials,
    outcomes: new Map(all.flatMap(({ outcomes }) => outcomes).map((one) => [one.id, one])),
    tellings: tasks.map((task) => ({
      ...{ task, measure: 'bits per sequence', log: true },
      lines: [{ name: 'chance', value: 12 }],
    })),
    stateSizeOf: () => 32,
  });
}

describe('contestsOf', () => {
  it('holds every two cells, p corrected for all of them and for how few seeds there are', () => {
    const [first, ...rest] = contestsOf([
      entrant('fast', [100, 200, 300]),
      entrant('slow', [400, 500, null]),
      entrant('never', [null, null, null]),
    ]);
    expect(rest.map(({ first: a, second: b }) => `${a} ${b}`)).toEqual(['fast never', 'slow never']);
    expect(first).toMatchObject({ delta: 1, p: 0.1, smallestP: 0.1 });
    expect(first!.firstSooner.chance).toBe(1);
    expect(first!.adjustedP).toBeCloseTo(0.3, 12);
    expect(first!.smallestAdjustedP).toBeCloseTo(0.3, 12);
  });

  it('leaves out who has no trial', () => {
    expect(contestsOf([entrant('fast', [100]), entrant('none', [])])).toEqual([]);
  });
});

describe('overallOf', () => {
  it('scores what is left of the budget, tasks with budgets of their own', () => {
    const entrants = [entrant('a', [100, 100, 100, 100], 'copy'), entrant('a', [100, 100, 100, 100], 'mqar')];
    const [a] = overallOf(entrants, { copy: 1000, mqar: 200 });
    // Of 0.9 four times and 0.5 four times the middle half is two of each.
    expect(a!.budgetLeft.mean).toBeCloseTo(0.7, 12);
    expect(a!.budgetLeft.low).toBeCloseTo(0.7, 12);
    const at = (budget: number) => a!.profile.find((point) => Math.abs(point.budget - budget) < 1e-9)!.solved;
    expect([at(0.08), at(0.1), at(0.48), at(0.5), at(1)]).toEqual([0, 0.5, 0.5, 1, 1]);
  });

  it('counts who never solved a task as nothing left, and leaves out who lacks one', () => {
    const [only, ...rest] = overallOf([entrant('a', [null, null]), entrant('b', [])], { copy: 1000 });
    expect(rest).toEqual([]);
    expect(only!.budgetLeft).toEqual({ mean: 0, low: 0, high: 0 });
    expect(only!.profile.at(-1)!.solved).toBe(0);
  });
});

describe('learningCurve', () => {
  it('keeps the last value of a trial that ended, and none of one that diverged', () => {
    const curve = learningCurve([
      outcome('a', 200),
      outcome('b', 400),
      outcome('c', null, { ending: 'diverged', evaluations: [{ sequences: 100, value: 8 }] }),
    ]);
    expect(curve.map(({ sequences, median }) => [sequences, median])).toEqual([
      [100, 8],
      [200, 8],
      [400, 0.02],
    ]);
    expect(curve.map(({ third }) => third)).toEqual([8, null, null]);
  });
});

describe('a report', () => {
  const few = comparison({ fast: [100, 200, 300], slow: [700, 800, null] }, ['copy', 'mqar']);
  const told = (analysis: Analysis, seeds: number) =>
    reported(analysis, { seeds, command: 'engram compare <x>', version: '1.2.3' });

  it('says what three seeds cannot', () => {
    expect(told(few, 3).caveats.join(' ')).toContain('no p under 0.1 is possible');
    const one = comparison({ fast: [100], slow: [700] });
    expect(told(one, 1).caveats.join(' ')).toMatch(/One seed .* No two cells can be told apart/);
  });

  it('says what is missing, and what ten seeds found', () => {
    const times = Array.from({ length: 10 }, (_, i) => 100 + i);
    const many = comparison({ fast: times, slow: times.map((time) => time + 500) });
    expect(told(many, 10).caveats).toEqual([]);
    expect(reportMarkdown(told(many, 10))).toContain('It is sooner than 1 other cell by test.');
    expect(told(many, 12).caveats[0]).toBe(
      '4 trials of 24 have not ended: everything below is of those that have.',
    );
  });

  it('is one page that asks for nothing, with all pictures of all tasks', () => {
    const html = reportPage(told(few, 3));
    expect(html).not.toMatch(/<script|<img|<link|url\(|src=|https?:\/\/(?!www\.w3\.org)/);
    expect(html).toContain('engram compare &lt;x&gt;');
    for (const task of ['copy', 'mqar'])
      for (const name of ['standings', 'pairs', 'time-to-solve', 'learning', 'costs'])
        expect(html).toContain(`id="${name}-${task}"`);
    expect(html).toContain('id="profile"');
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(id);
  });

  it('is drawn of a comparison of which little has ended', () => {
    const html = reportPage(told(comparison({ one: [], two: [null], three: [100] }), 3));
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
    expect(html).toContain('two');
  });

  it('is the same table in Markdown, LaTeX and CSV', () => {
    expect(reportMarkdown(told(few, 3))).toMatch(/\| fast +\| 10 +\| 32 +\| 3\/3 +\| 44\u2013100 % \| 200 /);
    expect(latex(told(few, 3))).toContain('fast & 10 & 32 & 3/3 & 44--100 \\% & 200 & ');
    const [head, ...rows] = pairRows(few.pairs);
    expect(rows.map((row) => row[head!.indexOf('sequences_to_solved_median')])).toEqual([200, 800, 200, 800]);
  });
});

describe('csv and LaTeX', () => {
  it('quote what would break a row', () => {
    expect(csv([['a,b', 'say "x"', null, 1.5]])).toBe('"a,b","say ""x""",,1.5\r\n');
    expect(escapeLatex('50 % of a_b & \\x~{y}^2 # $')).toBe(
      '50 \\% of a\\_b \\& \\textbackslash{}x\\textasciitilde{}\\{y\\}\\textasciicircum{}2 \\# \\$',
    );
  });

  it('have a row for a trial that has not ended', () => {
    const trial = {
      ...{ id: 'x', purpose: 'final', task: 'copy', cell: 'lstm', seed: 1, point: { 'cell.size': 8 } },
      config: { budget: { sequences: BUDGET } },
    } as unknown as Trial;
    const [head, row] = trialRows([trial], new Map());
    expect(row![head!.indexOf('ending')]).toBe('left');
    expect(row![head!.indexOf('cell.size')]).toBe(8);
    expect(row).toHaveLength(head!.length);
  });
});
