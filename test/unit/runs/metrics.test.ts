import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cutMetrics,
  type MetricsLine,
  metricsProblem,
  openMetrics,
  readEvaluations,
  readMetrics,
} from '../../../src/runs/metrics.ts';
import { freshState, type LoopState } from '../../../src/train/loop.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'engram-metrics-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const scores = { sequences: 1, bitsPerSequence: 1, exactAccuracy: 0 };
const step = (at: number): MetricsLine => ({
  kind: 'step',
  step: at,
  sequences: at,
  bitsPerSequence: 1,
  gradientNorm: 1,
});
const evaluation = (at: number): MetricsLine => ({
  kind: 'evaluation',
  step: at,
  sequences: at,
  scores,
  solved: null,
});
const state = (at: number, evaluated: number | null): LoopState => ({
  ...freshState(1),
  step: at,
  evaluated: evaluated === null ? null : { step: evaluated, scores },
});

function log(lines: readonly MetricsLine[]): void {
  const metrics = openMetrics(folder);
  lines.forEach(metrics.append);
  metrics.sync();
  metrics.close();
}

const text = () => fs.readFileSync(join(folder, 'metrics.jsonl'), 'utf8');

describe('metrics', () => {
  it('are read for their evaluations and their last event, past a line that was torn', () => {
    expect(readEvaluations(folder)).toEqual({ evaluations: [], last: undefined });
    log([step(1), evaluation(2), step(3), evaluation(4), step(5)]);
    expect(readEvaluations(folder)).toEqual({ evaluations: [evaluation(2), evaluation(4)], last: step(5) });
    fs.appendFileSync(join(folder, 'metrics.jsonl'), '{"kind":"evaluation","st');
    expect(readEvaluations(folder)).toEqual({ evaluations: [evaluation(2), evaluation(4)], last: step(5) });
  });

  it.each<[string, (lines: string[]) => string[], RegExp | undefined]>([
    ['whole', (lines) => lines, undefined],
    ['longer, as while training goes on', (lines) => [...lines, JSON.stringify(step(5))], undefined],
    ['without a line', (lines) => lines.slice(1), /expected 4 lines up to step 4, got 3; /],
    ['with a line twice', (lines) => [lines[0]!, ...lines], /expected 4 lines up to step 4, got 5; /],
    ['gone', () => [], /expected 4 lines up to step 4, got 0; /],
    ['in another order', ([a, b, c, d]) => [a!, b!, d!, c!], undefined],
    ['with a line that is none', ([a, ...rest]) => [a!, 'null', ...rest], /something else on line 2; /],
    [
      'with several, one of them torn',
      (lines) => [...lines, '{}', '{"kind":"step"'],
      /something else on 2 lines, the first of them line 5; /,
    ],
  ])('that are %s are told to be so or not', (_, change, problem) => {
    log([step(1), evaluation(2), step(3), evaluation(4)]);
    const lines = text().trimEnd().split('\n');
    fs.writeFileSync(join(folder, 'metrics.jsonl'), change(lines).join('\n'));
    const told = metricsProblem(folder, { ...state(4, 4), events: 4 });
    if (problem === undefined) expect(told).toBeUndefined();
    else expect(told).toMatch(problem);
  });

  it('of a model without a checkpoint are told for their lines alone', () => {
    log([step(1)]);
    expect(metricsProblem(folder)).toBeUndefined();
    fs.appendFileSync(join(folder, 'metrics.jsonl'), 'x\n');
    expect(metricsProblem(folder)).toMatch(/expected an event on every line, got something else on line 2; /);
  });

  it('are appended, one line each', () => {
    log([step(1)]);
    log([evaluation(2)]);
    expect(readMetrics(folder)).toEqual([step(1), evaluation(2)]);
    expect(text().split('\n')).toHaveLength(3);
  });

  it('are cut to what a checkpoint knows', () => {
    log([step(5), step(10), evaluation(10), step(15)]);
    expect(cutMetrics(folder, state(10, 10))).toBe(3);
    expect(readMetrics(folder)).toEqual([step(5), step(10), evaluation(10)]);
  });

  it('lose the evaluation of the very step when the checkpoint was made before it', () => {
    log([step(5), step(10), evaluation(10)]);
    cutMetrics(folder, state(10, 5));
    expect(readMetrics(folder)).toEqual([step(5), step(10)]);
  });

  it('lose a line that was torn, and lines that are none', () => {
    log([step(5)]);
    fs.appendFileSync(join(folder, 'metrics.jsonl'), 'rubbish\n{"kind":"step","step":7,"sequ');
    cutMetrics(folder, state(10, null));
    expect(text()).toBe(`${JSON.stringify(step(5))}\n`);
  });

  it('are all cut when there is no checkpoint', () => {
    log([step(5)]);
    expect(cutMetrics(folder, undefined)).toBe(0);
    expect(text()).toBe('');
  });

  it('are left alone when nothing is to be cut, and when there are none', () => {
    expect(cutMetrics(folder, state(10, 10))).toBe(0);
    expect(fs.existsSync(join(folder, 'metrics.jsonl'))).toBe(false);
    expect(readMetrics(folder)).toEqual([]);
    log([step(5)]);
    const before = fs.statSync(join(folder, 'metrics.jsonl')).ino;
    expect(cutMetrics(folder, state(5, null))).toBe(1);
    expect(fs.statSync(join(folder, 'metrics.jsonl')).ino).toBe(before);
  });
});
