/** What ships passes its own checks. */
import { expect, it } from 'vitest';
import { checkCell, checkTask } from '../../src/app/check/check.ts';
import { cells } from '../../src/registry.ts';
import { tasks } from '../../tasks/index.ts';

const small: Record<string, Readonly<Record<string, unknown>>[]> = {
  hopfield: [{ size: 5, patterns: 4, width: 3, updates: 2 }],
  'associative-lstm': [
    { size: 6, copies: 2, layers: 2 },
    { size: 4, copies: 1, recurrentUpdate: false },
  ],
  delta: [
    { size: 4, heads: 2, layers: 2 },
    { size: 4, heads: 2, rule: 'gated-product', gate: 'channel', featureMap: 'dpfp', nu: 2 },
    { size: 3, heads: 1, rule: 'sum', convolution: false },
  ],
  attention: [
    { size: 4, heads: 2, layers: 2 },
    { size: 3, heads: 1, window: 3, sliding: true, positions: 'none', convolution: false },
  ],
  slots: [
    { size: 4, heads: 2, layers: 2, slots: 5, topK: 2 },
    { size: 4, heads: 1, slots: 4, topK: 3, prominence: 'dnc', convolution: true },
    { size: 4, heads: 2, slots: 4, topK: 2, prominence: 'lru', exploration: false },
    { size: 4, heads: 2, slots: 4, topK: 4, prominence: 'recall' },
    { size: 3, heads: 1, slots: 4, routing: 'gated' },
  ],
  rwkv7: [{ size: 4, heads: 2, layers: 2, decayRank: 2, rateRank: 3, gateRank: 2 }],
  titans: [
    { size: 4, heads: 2, layers: 2 },
    // An inner norm of two numbers leaves but a sign of them.
    { size: 4, heads: 1, memory: 'ttt' },
    { size: 4, heads: 1, memory: 'ttt', momentum: 'learned', forgetting: 'learned', target: 'value' },
  ],
  // Many steps make differences in float64 slow.
  mesa: [
    { size: 4, heads: 2, steps: 3 },
    { size: 3, heads: 1, steps: 4, convolution: false },
  ],
  slstm: [
    { size: 4, heads: 2, layers: 2 },
    { size: 4, heads: 1, convolution: false },
  ],
  mlstm: [
    { size: 4, heads: 2, layers: 2 },
    { size: 6, heads: 1, convolution: false },
  ],
  gru: [{ size: 6, layers: 2 }],
  lstm: [{ size: 6, layers: 2 }],
  irnn: [{ size: 6 }],
  dnc: [false, true].map((improved) => ({
    slots: 5,
    width: 4,
    controllerSize: 6,
    readHeads: 2,
    writeHeads: 2,
    maskedContent: improved,
    erasingDeallocation: improved,
    linkSharpness: improved,
  })),
  mann: (['key', 'separate'] as const).map((add) => ({
    add,
    slots: 5,
    width: 4,
    controllerSize: 6,
    readHeads: 2,
  })),
  'fast-weights': [{ size: 6 }, { size: 6, form: 'attention' }],
  ntm: ['none', 'dnc'].map((prominence) => ({
    prominence,
    slots: 5,
    width: 4,
    controllerSize: 6,
    readHeads: 2,
  })),
};

const runs = Object.keys(cells).flatMap((name) =>
  (small[name] ?? [{}]).map((settings) => [name, settings] as const),
);

it.each(runs)('%s %j', async (name, settings) => {
  const { checks } = await checkCell(cells[name]!, { settings });
  expect(checks.filter(({ verdict }) => verdict === 'wrong')).toEqual([]);
  expect(checks).toHaveLength(10);
});

it.each(Object.values(tasks))('$name', (task) => {
  const { checks } = checkTask(task);
  expect(checks.filter(({ verdict }) => verdict === 'wrong')).toEqual([]);
  expect(checks).toHaveLength(7);
});
