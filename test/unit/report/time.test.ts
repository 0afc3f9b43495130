/** Time: steps in pixels, where the answer is scored, and the moments worth a look. */
import { describe, expect, it } from 'vitest';
import { moments } from '../../../src/report/contents.ts';
import type { SequenceRecord } from '../../../src/report/index.ts';
import { runs, scoredHeader, scoredMarks, timeAxis, timeTicks } from '../../../src/report/time-axis.ts';
import { array, copyMachine } from './examples.ts';

/** A sequence whose mask is written as text: `0011`. */
function masked(mask: string, names?: string): SequenceRecord {
  const steps = mask.length;
  return {
    name: 'x',
    inputs: array([steps, 3], (t, i) => +(t % 3 === i)),
    targets: array([steps, 1], () => 0),
    outputs: array([steps, 1], () => 0),
    mask: array([steps], (t) => Number(mask[t])),
    probes: {},
    ...(names && { inputNames: [...names] }),
  };
}

describe('time axis', () => {
  it('gives steps whole pixels, then halves, then whatever is left', () => {
    const widths = [1, 11, 41, 100, 241, 301, 1440].map((n) => timeAxis(masked('1'.repeat(n))).stepWidth);
    expect(widths).toEqual([36, 36, 17, 7, 2.5, 2, 0.5]);
  });

  it('finds the runs of scored steps', () => {
    expect(runs(7, (i) => '0110011'[i] === '1')).toEqual([
      [1, 3],
      [5, 7],
    ]);
    expect(timeAxis(copyMachine(4)).scored).toEqual([[5, 9]]);
  });

  it('marks the edges of scoring inside the picture, unless there are too many to see through', () => {
    expect(scoredMarks(timeAxis(masked('0011')), 10)).toContain('d="M72 0L72 10"');
    expect(scoredMarks(timeAxis(masked('1111')), 10)).toBe('');
    expect(scoredMarks(timeAxis(masked('01'.repeat(9))), 10)).toBe('');
    expect(scoredHeader(timeAxis(masked('0000'))).body).not.toContain('scored');
  });

  it('labels steps with the one symbol that was shown', () => {
    const ticks = timeTicks(timeAxis(masked('0001', 'abc'))).body;
    expect([...ticks.matchAll(/>([^<]+)<\/text>/g)].map((m) => m[1])).toEqual([
      'a',
      'b',
      'c',
      'a',
      'symbol shown at each step',
    ]);
    expect(timeTicks(timeAxis(masked('1'))).body).toContain('>0</text>');
  });
});

describe('moments', () => {
  const at = (mask: string) => moments(timeAxis(masked(mask))).map(({ step, name }) => `${step} ${name}`);

  it('looks at the memory before, while and after it is asked', () => {
    expect(at('00000000011111111')).toEqual([
      '0 after the first step',
      '4 during the input',
      '8 before the answer',
      '12 during the answer',
      '16 at the end',
    ]);
  });

  it('shows no step twice', () => {
    expect(at('00000000001')).toEqual([
      '0 after the first step',
      '4 during the input',
      '9 before the answer',
      '10 at the end',
    ]);
    expect(at('1')).toEqual(['0 at the end']);
    expect(at('000')).toEqual(['0 after the first step', '1 during the input', '2 at the end'].slice(0, 3));
  });
});
