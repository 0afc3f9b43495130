/**
 * Recipes: what to train a cell on a task with, where nothing else is said. Data only; names that are not listed get the
 * recipe for all. `paper` has the papers' sizes, `tiny` is solved in minutes on two cores. Where a number is not a
 * paper's, it is because training by the paper's is slower or less sure here, and the line says so.
 */

/** The sizes a recipe is for. */
export type Preset = 'tiny' | 'paper';
/** Every preset. */
export const presets: readonly Preset[] = ['tiny', 'paper'];

/** Part of a configuration: what a recipe sets, and nothing else. */
export interface Recipe {
  readonly task?: Readonly<Record<string, unknown>>;
  readonly cell?: Readonly<Record<string, unknown>>;
  readonly model?: Readonly<Record<string, number>>;
  readonly optimizer?: Readonly<Record<string, unknown>>;
  readonly batchSize?: number;
  readonly budget?: Readonly<Record<string, number>>;
  readonly evaluation?: Readonly<Record<string, number>>;
  readonly checkpoint?: Readonly<Record<string, number>>;
  readonly logEverySteps?: number;
}

/** For every task and cell that has no recipe of its own. */
const general: Readonly<Record<Preset, Recipe>> = {
  tiny: {
    optimizer: { name: 'adam', rate: 3e-3, clipNorm: 10 },
    batchSize: 16,
    budget: { sequences: 200_000 },
    evaluation: { everySteps: 250, sequences: 1000, batchSize: 250 },
  },
  paper: {
    optimizer: { name: 'adam', rate: 1e-3, clipNorm: 10 },
    batchSize: 16,
    budget: { sequences: 1_000_000 },
    evaluation: { everySteps: 500, sequences: 1000, batchSize: 250 },
    checkpoint: { everySteps: 500 },
  },
};

const tinyNtm = { slots: 16, width: 8, controllerSize: 32 };
/** Graves et al. 2014, table 2. */
const paperNtm = { slots: 128, width: 20, controllerSize: 100 };
/** Graves et al. 2014, table 3: three layers of 256. */
const paperLstm = { layers: 3, size: 256 };
const tinyCopy = { minLength: 1, maxLength: 5, width: 4 };
/** Graves et al. 2014, section 4.6 and table 2: one sequence at a time. The norm is clipped, where the paper clips components. */
const gravesNtm = {
  optimizer: { name: 'graves-rmsprop', rate: 1e-4, clipNorm: 10 },
  batchSize: 1,
  evaluation: { everySteps: 1000, sequences: 1000, batchSize: 250 },
  checkpoint: { everySteps: 1000 },
  logEverySteps: 100,
};
/** A tenfold of the usual rate: so small a machine bears it, and is solved in half the steps of 5e-3. */
const fastNtm = {
  optimizer: { name: 'adam', rate: 1e-2, clipNorm: 10 },
  budget: { sequences: 100_000 },
  evaluation: { everySteps: 50, sequences: 1000, batchSize: 1000 },
  checkpoint: { everySteps: 50 },
};
/** Of 16 items two are often equal: a question with two answers, 0.06 bits that nothing can remove. */
const tinyRecall = { minItems: 2, maxItems: 3, itemLength: 1, width: 4, distinctItems: true };
/** Ba et al. 2016, section 4.1: what stands around every cell. */
const aroundRetrieval = {
  optimizer: { name: 'adam', rate: 1e-3, clipNorm: 5 },
  batchSize: 128,
  budget: { sequences: 10_000_000 },
};
const paperRetrieval = { ...aroundRetrieval, model: { embeddingSize: 100, hiddenSize: 100 } };
const tinyRetrieval = {
  ...aroundRetrieval,
  task: { pairs: 2 },
  model: { embeddingSize: 32, hiddenSize: 32 },
  budget: { sequences: 2_000_000 },
};

/** By task, cell and preset; each is laid over the general recipe of its preset. */
const listed: Readonly<Record<string, Readonly<Record<string, Readonly<Record<Preset, Recipe>>>>>> = {
  copy: {
    ntm: { tiny: { ...fastNtm, task: tinyCopy, cell: tinyNtm }, paper: { ...gravesNtm, cell: paperNtm } },
    lstm: { tiny: { task: tinyCopy, cell: { size: 64 } }, paper: { cell: paperLstm } },
    irnn: { tiny: { task: tinyCopy, cell: { size: 64 } }, paper: {} },
    'fast-weights': { tiny: { task: tinyCopy, cell: { size: 64 } }, paper: { cell: { size: 100 } } },
  },
  'associative-recall': {
    // By Graves' optimizer, one sequence at a time, it is still where nothing is bound after 94,000 sequences.
    ntm: { tiny: { task: tinyRecall, cell: tinyNtm }, paper: { cell: paperNtm } },
    lstm: { tiny: { task: tinyRecall, cell: { size: 64 } }, paper: { cell: paperLstm } },
    irnn: { tiny: { task: tinyRecall, cell: { size: 64 } }, paper: {} },
    'fast-weights': { tiny: { task: tinyRecall, cell: { size: 64 } }, paper: { cell: { size: 100 } } },
  },
  'key-value-retrieval': {
    'fast-weights': {
      tiny: { ...tinyRetrieval, cell: { size: 32 } },
      paper: { ...paperRetrieval, cell: { size: 50 } },
    },
    lstm: {
      tiny: { ...tinyRetrieval, cell: { size: 32 } },
      paper: { ...paperRetrieval, cell: { size: 50 } },
    },
    irnn: {
      tiny: { ...tinyRetrieval, cell: { size: 32 } },
      paper: { ...paperRetrieval, cell: { size: 50 } },
    },
    ntm: { tiny: { ...tinyRetrieval, cell: tinyNtm }, paper: { ...paperRetrieval, cell: paperNtm } },
  },
};

/** The recipe for a cell on a task: its own laid over the general one, or the general one. */
export function recipe(task: string, cell: string, preset: Preset): Recipe {
  const cells = Object.hasOwn(listed, task) ? listed[task]! : {};
  const own = Object.hasOwn(cells, cell) ? cells[cell]![preset] : {};
  return { ...general[preset], ...own };
}
