/** What `engram eval` computes: the same of the same sequences, however many at a time. */
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateModel, rowOf, type TrainedModel } from '../../../src/app/evaluate.ts';
import { engineOptions, type Machine } from '../../../src/app/open-engine.ts';
import { openBackend } from '../../../src/core/backend.ts';
import type { Engine } from '../../../src/core/contracts.ts';
import { assemble } from '../../../src/registry.ts';
import { compiledEngine } from '../../../src/train/compiled.ts';
import { configSchema } from '../../../src/train/config.ts';
import { eagerEngine } from '../../../src/train/eager.ts';
import { evaluateSet, evaluationSet } from '../../../src/train/evaluate.ts';
import { recipe } from '../../../src/train/recipes.ts';

const opened: [name: string, open: (assembly: ReturnType<typeof assemble>) => Engine][] = [
  ['compiled', (assembly) => compiledEngine(engineOptions(assembly))],
  ['eager', (assembly) => eagerEngine(engineOptions(assembly))],
];

const subjects: Record<string, object> = {
  copy: {
    ...recipe('copy', 'ntm', 'tiny'),
    task: { name: 'copy', maxLength: 6, width: 3 },
    cell: { name: 'ntm', slots: 7, width: 5, controllerSize: 9 },
  },
  'associative-recall': {
    ...recipe('associative-recall', 'lstm', 'tiny'),
    task: { name: 'associative-recall', minItems: 2, maxItems: 4, itemLength: 2, width: 3 },
    cell: { name: 'lstm', size: 11, layers: 2 },
  },
  'key-value-retrieval': {
    ...recipe('key-value-retrieval', 'fast-weights', 'tiny'),
    task: { name: 'key-value-retrieval', pairs: 2 },
    cell: { name: 'fast-weights', size: 9 },
  },
};

beforeAll(async () => {
  await openBackend('cpu');
});

describe.each(opened)('an evaluation by the %s engine', (engine, open) => {
  it.each(Object.entries(subjects))('of %s is the same for any size of its batches', (_, subject) => {
    const evaluation = { sequences: 20, batchSize: 12 };
    const config = configSchema.parse({ ...subject, budget: { steps: 1 }, evaluation });
    const assembly = assemble(config);
    const fresh = open(assembly);
    const arrays = Object.fromEntries(
      Object.entries(fresh.save()).filter(([name]) => name.startsWith('params.')),
    );
    const model: TrainedModel = { config, arrays };
    const machine = { engine, open } as unknown as Machine;
    const scoresOf = (batchSize: number, sequences = 20) => {
      const choice = { rows: rowOf(model), seed: config.seed, sequences, batchSize };
      const { name, settings, ...scores } = evaluateModel(model, choice)[0]!(machine);
      return scores;
    };
    const set = evaluationSet(assembly.task, assembly.settings, { ...evaluation, seed: config.seed });
    const inTraining = evaluateSet(fresh, assembly.task.loss, set);
    for (const batchSize of [12, 1, 3, 5, 20, 64]) expect(scoresOf(batchSize)).toEqual(inTraining);
    expect(scoresOf(7, 31)).toEqual(scoresOf(31, 31));
    fresh.dispose();
  });
});
