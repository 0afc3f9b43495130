/** The flags of commands that train: what each sets in the configuration. */
import type { Flag } from './command.ts';

/** How long to train; also what `resume` may change. */
export const budgetFlags: Readonly<Record<string, Flag>> = {
  sequences: { kind: 'text', path: 'budget.sequences', describe: 'train on N sequences in all' },
  steps: { kind: 'text', path: 'budget.steps', describe: 'train for N steps in all' },
  'max-time': {
    kind: 'text',
    path: 'budget.maxTimeSeconds',
    describe: 'train for so long in all: 90s, 10m, 1h30m',
  },
  'until-solved': {
    kind: 'switch',
    path: 'budget.untilSolved',
    describe: 'stop as soon as the task is solved; exit 4 if it is not',
  },
};

/** What computes; it changes no settings of the model. */
export const machineFlags: Readonly<Record<string, Flag>> = {
  engine: {
    kind: 'text',
    path: 'engine',
    values: ['auto', 'compiled', 'eager'],
    describe: 'auto, compiled or eager; auto compiles, unless a backend is named',
  },
  backend: {
    kind: 'text',
    path: 'backend',
    values: ['auto', 'tensorflow', 'wasm', 'cpu'],
    describe: 'of the eager engine: auto, tensorflow, wasm or cpu; auto takes the first that works',
  },
  threads: {
    kind: 'text',
    path: 'threads',
    describe:
      'of the compiled engine (default 0: what is fastest, measured while training); any number gives the same result',
  },
  'relaxed-simd': {
    kind: 'text',
    path: 'relaxedSimd',
    describe: 'false: round products as every processor does, so that results agree across machines',
  },
};

/** The code of a run whose cell or task is of a person's own. */
export const sourceFlags: Readonly<Record<string, Flag>> = {
  cell: { kind: 'text', describe: "a file to take the run's own cell from, in place of the copy in the run" },
  task: { kind: 'text', describe: "a file to take the run's own task from, in place of the copy in the run" },
  'trust-source': { kind: 'switch', describe: 'run the code in the run, though you never have before' },
};

/** The pictures at the end. */
export const pictureFlags: Readonly<Record<string, Flag>> = {
  pictures: { kind: 'switch', describe: 'draw what was learned into the run, as engram inspect does' },
};

/** The size of a batch, by the names it has anywhere. */
export const batchFlag: Pick<Flag, 'kind' | 'also'> = { kind: 'text', also: ['batchSize', 'batch-size'] };

/** Everything that `train` sets by a flag of its own. */
export const trainingFlags: Readonly<Record<string, Flag>> = {
  cell: {
    kind: 'text',
    path: 'cell.name',
    describe: 'the memory: see engram cells (default ntm), or a file of your own: ./my-cell.ts',
  },
  preset: {
    kind: 'text',
    path: 'preset',
    values: ['tiny', 'standard', 'paper'],
    describe: 'sizes to begin from: tiny, standard or paper (default standard); see engram cells',
  },
  config: { kind: 'text', describe: 'YAML or JSON file of settings; what is typed goes before it' },
  ...budgetFlags,
  batch: { ...batchFlag, path: 'batchSize', describe: 'sequences in a batch' },
  seed: { kind: 'text', path: 'seed', describe: 'seed of every random stream (default 1)' },
  optimizer: {
    kind: 'text',
    path: 'optimizer.name',
    values: ['adam', 'adamw', 'rmsprop', 'graves-rmsprop', 'sgd'],
    describe: 'adam, adamw, rmsprop, graves-rmsprop or sgd',
  },
  'log-every': {
    kind: 'text',
    path: 'logEverySteps',
    describe: 'steps between two lines of metrics.jsonl (default 50)',
  },
  ...machineFlags,
  'init-from': {
    kind: 'text',
    describe:
      'begin with the weights of a run, a checkpoint or a .safetensors file; without a task, also with its settings',
  },
  'dry-run': {
    kind: 'switch',
    describe: 'print the whole configuration, the sizes, and what a step takes; write nothing',
  },
  out: { kind: 'text', describe: 'folder of the run (default runs/<task>-<cell>-<time>-<id>)' },
  ...pictureFlags,
  'trust-source': sourceFlags['trust-source']!,
};

/** The groups of dotted flags. */
export const settingGroups: Readonly<Record<string, string>> = {
  task: 'settings of the task: --task.maxLength 10; see engram tasks',
  cell: 'settings of the cell: --cell.slots 64; see engram cells',
  model: 'around the cell: --model.embeddingSize 100 --model.hiddenSize 100',
  optimizer:
    '--optimizer.rate 1e-3, clipNorm, clipValue, schedule (constant, linear or cosine), warmupSteps, decaySteps, finalRate; adam: beta1, beta2, epsilon; adamw: weightDecay too; rmsprop and graves-rmsprop: decay, momentum, epsilon; sgd: momentum',
  evaluation: '--evaluation.everySteps 250, sequences, batchSize',
  checkpoint: '--checkpoint.everySteps 250, keep',
  budget: '--budget.steps and the like; the same as the flags above',
};
