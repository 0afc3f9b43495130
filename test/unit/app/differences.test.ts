/** In what configurations differ. */
import { describe, expect, it } from 'vitest';
import { differing, settingsOf } from '../../../src/app/differences.ts';

describe('settingsOf', () => {
  it('takes groups apart, and nothing else', () => {
    const config = { task: { name: 'copy', width: 8 }, seed: 1, list: [1, 2], nothing: null };
    expect(settingsOf(config)).toEqual({
      'task.name': 'copy',
      'task.width': 8,
      seed: 1,
      list: [1, 2],
      nothing: null,
    });
  });
});

describe('differing', () => {
  it('names what has several values, lists and missing settings among them', () => {
    expect(
      differing([
        { a: 1, b: [1], c: 'x' },
        { a: 1, b: [2], c: 'y' },
      ]),
    ).toEqual(['b', 'c']);
    // Only two of three have slots: their own differ or do not.
    expect(differing([{ slots: 8 }, { slots: 8 }, { layers: 1 }])).toEqual([]);
    expect(differing([{ slots: 8 }, { slots: 9 }, { layers: 1 }])).toEqual(['slots']);
    expect(differing([])).toEqual([]);
  });
});
