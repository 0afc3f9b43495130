import { describe, expect, it } from 'vitest';
import {
  layOver,
  readDuration,
  readValue,
  setPath,
  spelled,
  withoutOthers,
} from '../../../src/app/layers.ts';

describe('layOver', () => {
  it('lays the upper layer over the lower, setting by setting', () => {
    const under = { cell: { name: 'ntm', slots: 16, width: 8 }, seed: 1 };
    expect(layOver(under, { cell: { slots: 32 }, batchSize: 4 })).toEqual({
      cell: { name: 'ntm', slots: 32, width: 8 },
      seed: 1,
      batchSize: 4,
    });
    expect(under.cell.slots).toBe(16);
  });

  it.each(['task', 'cell', 'optimizer'])('drops the settings of another %s', (kind) => {
    const under = { [kind]: { name: 'a', alpha: 1 } };
    expect(layOver(under, { [kind]: { name: 'b', beta: 2 } })).toEqual({ [kind]: { name: 'b', beta: 2 } });
    expect(layOver(under, { [kind]: { name: 'a', beta: 2 } })).toEqual({
      [kind]: { name: 'a', alpha: 1, beta: 2 },
    });
    expect(layOver(under, { [kind]: { beta: 2 } })).toEqual({ [kind]: { name: 'a', alpha: 1, beta: 2 } });
  });

  it('replaces all limits when one is given, and keeps them otherwise', () => {
    const under = { budget: { sequences: 1000, maxTimeSeconds: 5 } };
    expect(layOver(under, { budget: { steps: 10 } })).toEqual({ budget: { steps: 10 } });
    expect(layOver(under, { budget: { untilSolved: true } })).toEqual({
      budget: { sequences: 1000, maxTimeSeconds: 5, untilSolved: true },
    });
    expect(layOver({ budget: { untilSolved: true, steps: 3 } }, { budget: { sequences: 9 } })).toEqual({
      budget: { untilSolved: true, sequences: 9 },
    });
  });
});

describe('spelled', () => {
  it('takes batch for batchSize, and only where that is a setting', () => {
    const layer = { batch: 3, evaluation: { batch: 4, sequences: 5 }, task: { batch: 6 } };
    expect(spelled(layer)).toEqual({
      batchSize: 3,
      evaluation: { batchSize: 4, sequences: 5 },
      task: { batch: 6 },
    });
    expect(spelled({ batchSize: 3 })).toEqual({ batchSize: 3 });
    expect(() => spelled({ batch: 3, batchSize: 3 })).toThrow(
      /^expected batchSize once, got batch beside it/,
    );
  });
});

describe('withoutOthers', () => {
  it('leaves out what is of another kind than the one that is named', () => {
    const file = {
      cell: { name: 'ntm', slots: 3 },
      task: { name: 'copy', width: 4 },
      optimizer: { rate: 1 },
    };
    expect(withoutOthers(file, { cell: { name: 'lstm' }, task: { name: 'copy' } })).toEqual({
      task: { name: 'copy', width: 4 },
      optimizer: { rate: 1 },
    });
    expect(withoutOthers(file, { cell: { slots: 4 } })).toEqual(file);
  });
});

describe('setPath', () => {
  it('makes the groups on the way', () => {
    const layer = {};
    setPath(layer, 'cell.slots', 4);
    setPath(layer, 'cell.width', 2);
    setPath(layer, 'seed', 7);
    expect(layer).toEqual({ cell: { slots: 4, width: 2 }, seed: 7 });
  });

  it.each([
    'cell.',
    '.slots',
    'cell..slots',
    '__proto__.x',
    'cell.__proto__',
    'cell.constructor',
    'toString',
  ])('refuses %s', (path) => {
    expect(() => setPath({}, path, 1)).toThrow(/expected a dotted name such as cell\.slots/);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('refuses the same setting twice, and a group that has a value', () => {
    const layer = { cell: { name: 'ntm' }, seed: 1 };
    expect(() => setPath(layer, 'cell.name', 'lstm')).toThrow(/expected cell\.name once/);
    expect(() => setPath(layer, 'seed.x', 1)).toThrow(/expected seed to be a group/);
  });
});

describe('readValue', () => {
  it.each([
    ['4', 4],
    ['-3', -3],
    ['1e-3', 0.001],
    ['-1E+2', -100],
    ['.5', 0.5],
    ['5.', 5],
    ['007', 7],
    ['true', true],
    ['false', false],
    ['[1,2]', [1, 2]],
    ['[1,', '[1,'],
    ['abc', 'abc'],
    ['', ''],
    ['0x10', '0x10'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['1e400', '1e400'],
    ['1_000', '1_000'],
    ['{"a":1}', '{"a":1}'],
    ['null', 'null'],
  ])('reads %s', (text, value) => {
    expect(readValue(text)).toEqual(value);
  });
});

describe('readDuration', () => {
  it.each([
    ['90s', 90],
    ['10m', 600],
    ['1h', 3600],
    ['1h30m', 5400],
    ['1h1m1s', 3661],
    ['90', 90],
    ['0.5s', 0.5],
    ['1.5m', 90],
  ])('reads %s as %d seconds', (text, seconds) => {
    expect(readDuration(text)).toBe(seconds);
  });

  it.each(['', '0', '0m', '-5s', '5x', 'm', '10 m', '1e3', 'NaN'])('refuses "%s"', (text) => {
    expect(() => readDuration(text)).toThrow(/^--max-time: expected a time such as 90s, 10m or 1h30m, got /);
  });
});
