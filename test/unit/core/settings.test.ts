import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UsageError } from '../../../src/core/errors.ts';
import { didYouMean, find, nearestOrAll } from '../../../src/core/lookup.ts';
import { readSettings } from '../../../src/core/settings.ts';

const schema = z.strictObject({
  size: z.int().min(1).max(9).default(3),
  rate: z.number().positive().optional(),
  share: z.number().max(1).optional(),
  below: z.number().lt(1).optional(),
  on: z.boolean().default(true),
  text: z.string().min(2).optional(),
  list: z.array(z.int()).min(1).optional(),
  only: z.literal('x').optional(),
  kind: z
    .discriminatedUnion('name', [
      z.strictObject({ name: z.literal('a'), alpha: z.number().default(1) }),
      z.strictObject({ name: z.literal('b'), beta: z.number().default(2) }),
    ])
    .optional(),
  inner: z.strictObject({ deep: z.int().default(0) }).prefault({}),
});

describe('readSettings', () => {
  it('fills in defaults', () => {
    expect(readSettings(schema, { kind: { name: 'b' } })).toEqual({
      size: 3,
      on: true,
      inner: { deep: 0 },
      kind: { name: 'b', beta: 2 },
    });
  });

  it.each([
    [{ size: 0 }, 'size: expected a number of at least 1, got 0'],
    [{ size: 10 }, 'size: expected a number of at most 9, got 10'],
    [{ size: 1.5 }, 'size: expected an integer, got 1.5'],
    [{ size: Number.NaN }, 'size: expected a finite number, got NaN'],
    [{ size: Number.POSITIVE_INFINITY }, 'size: expected a finite number, got Infinity'],
    [{ size: '4' }, 'size: expected a finite number, got "4"'],
    [{ rate: 0 }, 'rate: expected a number of more than 0, got 0'],
    [{ rate: -1 }, 'rate: expected a number of more than 0, got -1'],
    [{ share: 2 }, 'share: expected a number of at most 1, got 2'],
    [{ below: 1 }, 'below: expected a number of less than 1, got 1'],
    [{ on: 'yes' }, 'on: expected true or false, got "yes"'],
    [{ text: 'x' }, 'text: expected text of at least 2 characters, got "x"'],
    [{ list: [] }, 'list: expected a list of at least 1 entries, got []'],
    [{ list: 3 }, 'list: expected a list, got 3'],
    [{ list: [1, 'b'] }, 'list.1: expected a finite number, got "b"'],
    [{ only: 'y' }, 'only: expected x, got "y"'],
    [{ kind: { name: 'c' } }, 'kind.name: expected one of a, b, got "c"'],
    [{ kind: {} }, 'kind.name: expected one of a, b, got nothing'],
    [{ kind: { name: 'a', beta: 1 } }, 'expected a known setting, got kind.beta; there are name, alpha'],
    [{ kind: { name: 'b', bta: 1 } }, 'expected a known setting, got kind.bta; did you mean kind.beta?'],
    [{ inner: { dep: 1 } }, 'expected a known setting, got inner.dep; did you mean inner.deep?'],
    [{ inner: 3 }, 'inner: expected named settings, got 3'],
    [{ sise: 3 }, 'expected a known setting, got sise; did you mean size?'],
    [{ size: 0, rate: 0, share: 5 }, 'size: expected a number of at least 1, got 0; 2 more like it'],
    [{ size: 1e30 }, 'size: expected a number of at most 9, got 1e+30'],
    [{ dep: 3 }, 'expected a known setting, got dep; did you mean inner.deep?'],
    [{ deep: 3 }, 'expected a known setting, got deep; did you mean inner.deep?'],
    [{ inner: { size: 3 } }, 'expected a known setting, got inner.size; did you mean size?'],
    [
      { kind: { name: 'b', alpha: 1 }, beta: 3 },
      'expected a known setting, got kind.alpha; there are name, beta',
    ],
    [{ kind: { name: 'b' }, beta: 3 }, 'expected a known setting, got beta; did you mean kind.beta?'],
    [[], 'expected named settings, got []'],
    [null, 'expected named settings, got null'],
    [{ text: 1 }, 'text: expected text, got 1'],
    [{ size: { a: 'x'.repeat(99) } }, /^size: expected a finite number, got \{"a":"x{31}\.\.\.$/],
  ])('says of %j: %s', (value, message) => {
    const reading = () => readSettings(schema, value);
    expect(reading).toThrow(UsageError);
    expect(reading).toThrow(
      typeof message === 'string' ? new RegExp(`^${message.replace(/[[\]().?*+\\]/g, '\\$&')}$`) : message,
    );
  });

  it('suggests settings outside the schema', () => {
    const elsewhere = (key: string) => (key === 'slots' ? ['cell.slots', 'memory.slots'] : []);
    expect(() => readSettings(schema, { slots: 4 }, { elsewhere })).toThrow(
      /got slots; did you mean cell\.slots or memory\.slots\?$/,
    );
    expect(() => readSettings(schema, { sise: 4 }, { elsewhere })).toThrow(/did you mean size\?$/);
  });

  it('tells the place, the cure, and the name a person knows', () => {
    const reading = () =>
      readSettings(schema, { size: 0 }, { at: 'cell', cure: 'see the list', name: (path) => `--${path}` });
    expect(reading).toThrow(/^--cell\.size: expected a number of at least 1, got 0; see the list$/);
  });
});

describe('names', () => {
  it('are answered with a near one only when one is near', () => {
    expect(didYouMean('cpoy', ['copy', 'recall'])).toBe('did you mean copy?');
    expect(didYouMean('ltsm', ['ntm', 'lstm'])).toBe('did you mean lstm?');
    expect(didYouMean('COPY', ['copy'])).toBe('did you mean copy?');
    expect(didYouMean('something-else', ['copy', 'recall'])).toBeUndefined();
    expect(didYouMean('x', [])).toBeUndefined();
    expect(nearestOrAll('something-else', ['copy', 'recall'])).toBe('there are copy, recall');
  });

  it('are looked up among own names only', () => {
    expect(find({ copy: 1 }, 'task', 'copy')).toBe(1);
    expect(() => find({ copy: 1 }, 'task', 'toString')).toThrow(
      /^expected a task, got toString; there are copy$/,
    );
  });
});
