import { describe, expect, it } from 'vitest';
import { configure } from '../../../src/app/configure.ts';
import { readAxes } from '../../../src/compare/axes.ts';
import { choose, scorePoints } from '../../../src/compare/choose.ts';
import type { TrialOutcome } from '../../../src/compare/outcome.ts';
import { checkBudgets, finalTrials, type Plan, searchTrials } from '../../../src/compare/plan.ts';
import { summarizePair } from '../../../src/compare/summary.ts';
import { type Common, makeTrial, type Trial } from '../../../src/compare/trial.ts';

const common: Common = {
  settings: { preset: 'tiny' },
  sequences: 8000,
  assemble: (asked) => configure({ typed: asked }),
};
const plan: Plan = {
  tasks: ['copy'],
  cells: ['lstm', 'gru'],
  seeds: 3,
  axes: readAxes('rate=1e-3,1e-2'),
  searchSeeds: 2,
};
const request = { purpose: 'final', task: 'copy', cell: 'lstm', seed: 1001, point: {} } as const;

function outcome({ id }: Pick<Trial, 'id'>, over: Partial<TrialOutcome> = {}): TrialOutcome {
  return {
    schema: 'engram.trial/1',
    id,
    ending: 'spent',
    reason: null,
    parameters: 100,
    sequences: 8000,
    seconds: 4,
    solvedAtSequences: null,
    solvedAtSeconds: null,
    measure: 'bits per sequence',
    evaluations: [{ sequences: 8000, value: 2 }],
    ...over,
  };
}
const solved = (trial: Pick<Trial, 'id'>, sequences: number) =>
  outcome(trial, { ending: 'solved', solvedAtSequences: sequences, solvedAtSeconds: sequences / 1000 });
const byId = (outcomes: readonly TrialOutcome[]) => new Map(outcomes.map((one) => [one.id, one]));

describe('a trial', () => {
  it('is called by what decides its numbers', () => {
    const { id } = makeTrial(request, common);
    expect(id).toMatch(/^copy-lstm-1001-[0-9a-f]{12}$/);
    expect(makeTrial(request, common).id).toBe(id);
    const threaded = { ...common, settings: { preset: 'tiny', engine: 'compiled' } };
    expect(makeTrial(request, threaded).id).toBe(id);
    for (const other of [
      makeTrial({ ...request, point: { 'optimizer.rate': 5e-3 } }, common),
      makeTrial(request, { ...common, sequences: 9000 }),
      makeTrial(request, { ...common, settings: { preset: 'tiny', cell: { size: 41 } } }),
    ])
      expect(other.id).not.toBe(id);
  });

  it('is evaluated fifty times within its budget, whatever its batch', () => {
    for (const batchSize of [1, 16, 80]) {
      const { config } = makeTrial(request, { ...common, settings: { preset: 'tiny', batchSize } });
      expect(config.evaluation.everySteps * batchSize).toBe(160);
      expect(config.checkpoint.everySteps).toBe(config.evaluation.everySteps);
    }
  });

  it('stops when solved unless that is switched off, and trains on one thread', () => {
    expect(makeTrial(request, common).config).toMatchObject({ threads: 1, budget: { untilSolved: true } });
    const on = { ...common, settings: { preset: 'tiny', budget: { untilSolved: false } } };
    expect(makeTrial(request, on).config.budget).toEqual({ sequences: 8000, untilSolved: false });
  });

  it('keeps a limit on its time beside the budget', () => {
    const limited = { ...common, settings: { preset: 'tiny', budget: { maxTimeSeconds: 60 } } };
    expect(makeTrial(request, limited).config.budget).toEqual({
      sequences: 8000,
      maxTimeSeconds: 60,
      untilSolved: true,
    });
  });

  it('refuses a setting that is searched and set', () => {
    const set = { ...common, settings: { preset: 'tiny', optimizer: { rate: 1 } } };
    expect(() => makeTrial({ ...request, point: { 'optimizer.rate': 2 } }, set)).toThrow(
      'expected optimizer.rate once',
    );
  });
});

describe('a plan', () => {
  it('gives every cell as many trials, and no seed to both the search and the comparison', () => {
    const search = searchTrials(plan, common);
    const final = finalTrials(plan, choose(plan, []), common);
    const count = (trials: readonly Trial[], cell: string) =>
      trials.filter((one) => one.cell === cell).length;
    expect([count(search, 'lstm'), count(search, 'gru')]).toEqual([4, 4]);
    expect([count(final, 'lstm'), count(final, 'gru')]).toEqual([3, 3]);
    const seeds = new Set(search.map(({ seed }) => seed));
    expect(final.filter(({ seed }) => seeds.has(seed))).toEqual([]);
    expect(new Set([...search, ...final].map(({ id }) => id)).size).toBe(14);
  });

  it('refuses cells that recipes give different budgets', () => {
    const { sequences: _, ...recipes } = common;
    const unequal = { ...plan, cells: ['lstm', 'ntm'], axes: [] };
    expect(() => checkBudgets(finalTrials(unequal, choose(unequal, []), recipes))).toThrow(
      'copy: expected the same budget for every cell, got 200000 sequences for lstm and 100000 sequences for ntm; give --sequences',
    );
    checkBudgets(finalTrials(unequal, choose(unequal, []), common));
  });
});

describe('choose', () => {
  const search = searchTrials(plan, common);
  const at = (rate: number) =>
    search.filter(({ cell, point }) => cell === 'lstm' && point['optimizer.rate'] === rate);
  const chosen = (outcomes: readonly TrialOutcome[]) =>
    choose(plan, scorePoints(search, byId(outcomes)))[0]!.point['optimizer.rate'];

  it('prefers solving more often to solving fast', () => {
    const [slow, fast] = [at(1e-3), at(1e-2)];
    expect(
      chosen([solved(slow[0]!, 7000), solved(slow[1]!, 7000), solved(fast[0]!, 100), outcome(fast[1]!)]),
    ).toBe(1e-3);
  });

  it('then solving fast, then the better value', () => {
    const [slow, fast] = [at(1e-3), at(1e-2)];
    expect(chosen([...slow.map((one) => solved(one, 7000)), ...fast.map((one) => solved(one, 6000))])).toBe(
      1e-2,
    );
    const better = { evaluations: [{ sequences: 8000, value: 1 }] };
    expect(chosen([...slow.map((one) => outcome(one, better)), ...fast.map((one) => outcome(one))])).toBe(
      1e-3,
    );
  });

  it('takes divergence for the worst', () => {
    const [slow, fast] = [at(1e-3), at(1e-2)];
    const diverged = { ending: 'diverged', solvedAtSequences: 50, evaluations: [] } as const;
    expect(chosen([...slow.map((one) => outcome(one)), ...fast.map((one) => outcome(one, diverged))])).toBe(
      1e-3,
    );
  });
});

describe('summarizePair', () => {
  const trials = finalTrials({ ...plan, seeds: 5 }, [{ task: 'copy', cell: 'lstm', point: {} }], common);
  const summary = (outcomes: readonly TrialOutcome[]) =>
    summarizePair(
      { task: 'copy', cell: 'lstm', point: {} },
      { trials, outcomes: byId(outcomes), stateSize: 80 },
    );

  it('counts who never solved the task into the median, and failures into nothing', () => {
    const [a, b, c, d, e] = trials as [Trial, Trial, Trial, Trial, Trial];
    const found = summary([
      solved(a, 1000),
      solved(b, 3000),
      outcome(c),
      outcome(d, { ending: 'diverged', reason: 'NaN', evaluations: [] }),
      outcome(e, { ending: 'failed', reason: 'killed', solvedAtSequences: 1 }),
    ]);
    expect(found).toMatchObject({ trials: 4, solved: 2, diverged: 1, failed: 1 });
    expect(found.sequencesToSolved).toEqual({ first: 1000, median: 3000, third: null });
    expect(found.secondsToSolved.median).toBe(3);
    expect(found.best.median).toBe(2);
    expect(found.success.low).toBeCloseTo(0.15, 2);
  });

  it('has no median where fewer than half solved the task', () => {
    const found = summary(trials.map((trial, i) => (i < 2 ? solved(trial, 500) : outcome(trial))));
    expect(found.sequencesToSolved).toEqual({ first: 500, median: null, third: null });
  });
});
