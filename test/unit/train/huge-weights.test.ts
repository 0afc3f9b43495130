/**
 * Weights from ordinary to absurd, as a rate that is far too high makes them: where the eager engine's step is finite the
 * compiled one's is, and where a step is not, both say where.
 */
import { setFlagsFromString } from 'node:v8';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/core/backend.ts';
import type { Engine, NamedArrays } from '../../../src/core/contracts.ts';
import { DivergedError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import { assemble } from '../../../src/registry.ts';
import { compiledEngine } from '../../../src/train/compiled.ts';
import { configSchema } from '../../../src/train/config.ts';
import { eagerEngine } from '../../../src/train/eager.ts';
import { optimizer } from '../../../src/train/optimizer.ts';
import { recipe } from '../../../src/train/recipes.ts';

// Node 20 has the fused multiply-add behind a flag; later versions ignore it.
setFlagsFromString('--experimental-wasm-relaxed-simd');

beforeAll(async () => {
  await openBackend('cpu');
});

const ntm = { name: 'ntm', slots: 6, width: 4, controllerSize: 8 };

// Seeds at which a slope that ought to be nothing, but is a rounding, once grew until it overflowed.
const subjects: [title: string, cell: { name: string } & Record<string, unknown>, seed: number][] = [
  ['lstm', { name: 'lstm', size: 20, layers: 3 }, 3],
  ['irnn', { name: 'irnn', size: 8 }, 1],
  ['ntm', ntm, 1],
  ['ntm, feed-forward', { ...ntm, controller: 'feed-forward' }, 3],
  ['ntm, lru', { ...ntm, prominence: 'lru' }, 1],
  ['ntm, dnc', { ...ntm, prominence: 'dnc' }, 1],
  ['fast weights', { name: 'fast-weights', size: 8, form: 'matrix' }, 1],
  ['fast weights, attention', { name: 'fast-weights', size: 8, form: 'attention' }, 1],
];

function scaled(arrays: NamedArrays, scale: number): NamedArrays {
  const params = Object.entries(arrays).filter(([name]) => name.startsWith('params.'));
  return Object.fromEntries(
    params.map(([name, { shape, data }]) => [name, { shape, data: data.map((value) => value * scale) }]),
  );
}

describe.each(subjects)('%s', (_, cell, seed) => {
  it.each([
    ['relaxed', true],
    ['strict', false],
  ])(
    'is finite under huge weights where the eager engine is, and else says where it is not, %s',
    (_build, relaxed) => {
      const config = configSchema.parse({
        ...recipe('copy', cell.name, 'tiny'),
        task: { name: 'copy', maxLength: 4, width: 3 },
        cell,
        budget: { steps: 1 },
      });
      const { model, task, settings } = assemble(config);
      const batch = task.sample(settings, rng(seed, 'd'), 4);
      const options = { model, loss: task.loss, optimizer: optimizer(config.optimizer) };
      const [eager, compiled] = [
        eagerEngine({ ...options, initRng: rng(seed, 'init') }),
        compiledEngine({ ...options, initRng: rng(seed, 'init'), relaxed }),
      ];
      const fresh = eager.save();
      const stepped = (engine: Engine, scale: number) => {
        engine.load(scaled(fresh, scale));
        try {
          engine.trainStep(batch);
          return 'finite';
        } catch (error) {
          expect(error).toBeInstanceOf(DivergedError);
          return (error as Error).message;
        }
      };
      const finite: number[] = [];
      for (let power = 0; power <= 30; power += 2) {
        const [expected, found] = [stepped(eager, 10 ** power), stepped(compiled, 10 ** power)];
        if (expected === 'finite') finite.push(power);
        if (expected === 'finite') expect(found, `weights of 1e${power}`).toBe('finite');
        for (const message of [expected, found].filter((told) => told !== 'finite'))
          expect(message).toMatch(
            /^(state|output|logits|loss|gradient|params|optimizer)\b.*: expected .*, got .*; /,
          );
      }
      expect(finite).toContain(0);
      for (const engine of [eager, compiled]) engine.dispose();
    },
  );
});
