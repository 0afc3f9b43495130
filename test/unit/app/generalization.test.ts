/** Rows of a grid as a plot: which setting grows, what was trained on, and errors in percent. */
import { describe, expect, it } from 'vitest';
import { generalizationRecord } from '../../../src/app/generalization.ts';
import { assemble } from '../../../src/registry.ts';
import { configSchema } from '../../../src/train/config.ts';

const modelOf = (task: { readonly name: string } & Record<string, unknown>) => {
  const config = configSchema.parse({
    task,
    cell: { name: 'irnn' },
    optimizer: { name: 'adam', rate: 1e-3 },
    budget: { steps: 1 },
  });
  return { config: assemble(config).config, arrays: {} };
};
const scores = { sequences: 10, bitsPerSequence: 1, exactAccuracy: 0.25 };
const named = { name: 'mine', step: 5 };

describe('generalization record', () => {
  it('finds the upper end of a range, and what was trained on', () => {
    const rows = [20, 30].map((length) => ({
      name: `length ${length}`,
      settings: { minLength: length, maxLength: length, width: 8 },
      ...scores,
      wrongBitsPercent: length / 10,
    }));
    const model = modelOf({ name: 'copy', minLength: 2, maxLength: 20 });
    expect(generalizationRecord(model, named, rows)).toEqual({
      title: 'copy with irnn',
      subtitle: 'mine, step 5',
      xName: 'length',
      measure: '% of bits wrong',
      trained: { from: 2, to: 20 },
      points: [
        { at: 20, wrong: 2, inexact: 75 },
        { at: 30, wrong: 3, inexact: 75 },
      ],
      lines: [{ name: 'chance', value: 50 }],
    });
  });

  it('follows the one setting that grows where there is no range, against the chance of symbols', () => {
    const rows = [4, 8].map((pairs) => ({
      name: `pairs ${pairs}`,
      settings: { pairs },
      ...scores,
      errorPercent: 10 * pairs,
    }));
    expect(generalizationRecord(modelOf({ name: 'key-value-retrieval' }), named, rows)).toMatchObject({
      xName: 'pairs',
      trained: { from: 4, to: 4 },
      points: [
        { at: 4, wrong: 40 },
        { at: 8, wrong: 80 },
      ],
      lines: [{ name: 'chance', value: 90 }],
    });
  });

  it('gives nothing where no number grows', () => {
    const rows = [{ name: 'as trained', settings: { pairs: 4 }, ...scores, errorPercent: 1 }];
    expect(generalizationRecord(modelOf({ name: 'key-value-retrieval' }), named, rows)).toBeUndefined();
  });
});
