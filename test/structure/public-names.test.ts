import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import * as cell from '../../src/cell.ts';
import { runningModules } from '../../src/cli/shell/running-modules.ts';
import * as engram from '../../src/index.ts';
import * as jit from '../../src/jit/index.ts';
import * as memories from '../../src/memories/index.ts';
import * as report from '../../src/report/index.ts';
import * as runs from '../../src/runs/index.ts';
import * as tasks from '../../tasks/index.ts';
import { exportedKinds } from '../support/kinds.ts';

/** Cells and tasks are public by their line in the list of all; the rest is listed here. */
const cellKinds = exportedKinds('src/cells/kinds.ts').map(({ name }) => name);
const taskKinds = exportedKinds('tasks/kinds.ts').map(({ name }) => name);

it('the public names of engram are these', () => {
  const names = [
    'CheckpointError',
    'DivergedError',
    'NotReachedError',
    'UnavailableError',
    'UsageError',
    'adam',
    'assemble',
    'backendNames',
    'backendOpeners',
    'cells',
    'chain',
    'clipByGlobalNorm',
    'clipByValue',
    'compiledEngine',
    'configSchema',
    'eagerEngine',
    'evaluateSet',
    'evaluationSet',
    'freshState',
    'gravesRmsprop',
    'leaves',
    'mapTree',
    'model',
    'openBackend',
    'optimizer',
    'recipe',
    'registry',
    'resumeRng',
    'rmsprop',
    'rng',
    'schedule',
    'sgd',
    'train',
    'treeLike',
    'unroll',
    ...cellKinds,
  ];
  expect(cellKinds.length).toBeGreaterThan(3);
  expect(Object.keys(engram).sort()).toEqual(names.sort());
});

it('the public names of engram/runs are these', () => {
  expect(Object.keys(runs).sort()).toEqual([
    'FormatError',
    'StorageError',
    'beginRun',
    'bestUsable',
    'checkWeights',
    'checkpointSteps',
    'claimFolder',
    'configHash',
    'cutMetrics',
    'decodeSafetensors',
    'encodeSafetensors',
    'loadCheckpoint',
    'loadWeights',
    'lockRun',
    'makeCheckpointFolder',
    'newestUsable',
    'openRun',
    'openTarget',
    'openWeights',
    'readMetrics',
    'readTiming',
    'runNames',
    'saveCheckpoint',
    'summarize',
    'trainSession',
  ]);
});

it('the public names of engram/cell are these', () => {
  expect(Object.keys(cell).sort()).toEqual([
    'UsageError',
    'allocation',
    'allocations',
    'attend',
    'contentWeights',
    'decayedUsage',
    'defineCell',
    'defineTask',
    'dropout',
    'elements',
    'emptyBatch',
    'glorotKernel',
    'interpolate',
    'lazyProbe',
    'leastUsed',
    'leaves',
    'lessThan',
    'lstmParams',
    'lstmStep',
    'mapTree',
    'model',
    'normalTensor',
    'overBatch',
    'productOfSmaller',
    'prominenceRules',
    'readMemory',
    'recallScore',
    'recallUsage',
    'residualStack',
    'resumeRng',
    'retained',
    'rmsNorm',
    'rmsNormEpsilon',
    'rmsNormGain',
    'rng',
    'rowLosses',
    'scaledIdentity',
    'sequenceLoss',
    'sharpen',
    'shiftWeights',
    'shortConvolution',
    'shortConvolutionKernel',
    'shortConvolutionStart',
    'showShape',
    'silu',
    'stopGradient',
    'tf',
    'treeLike',
    'uniformKernel',
    'uniformTensor',
    'withoutGradient',
    'writeMemory',
    'writtenUsage',
    'z',
  ]);
});

it('the public names of engram/tasks are these', () => {
  expect(taskKinds.length).toBeGreaterThan(2);
  expect(Object.keys(tasks).sort()).toEqual([...taskKinds, 'tasks'].sort());
});

it('the public names of engram/report are these', () => {
  expect(Object.keys(report).sort()).toEqual([
    'comparisonFigures',
    'comparisonPage',
    'figures',
    'generalizationFigure',
    'page',
    'png',
    'sequenceRecord',
  ]);
});

it('the public names of engram/memories are these', () => {
  expect(Object.keys(memories).sort()).toEqual([
    'Brain',
    'Clock',
    'DenseMemory',
    'FlyFilter',
    'FlyHash',
    'PhasorMemory',
    'Priming',
    'SpinMemory',
    'TagIndex',
    'UsageError',
    'Valence',
    'availability',
    'baseLevel',
    'bind',
    'delight',
    'divergence',
    'dreamBudget',
    'filterFor',
    'inheritedValence',
    'overlap',
    'recallLatency',
    'recallProbability',
    'sharedUnits',
    'similarity',
    'sleeps',
    'stateOf',
    'tagOverlap',
    'unbind',
    'used',
  ]);
});

it('the public names of engram/jit are these', () => {
  expect(Object.keys(jit).sort()).toEqual([
    'CompileError',
    'CompiledModel',
    'UnsupportedKernelError',
    'compile',
    'hasRelaxedSimd',
    'interpret',
    'passes',
    'print',
    'printProgram',
    'profile',
    'showProfile',
    'traceModel',
    'wat',
  ]);
});

it("a file of one's own may import every door of the package", async () => {
  const doors = Object.keys(manifest.exports).filter((door) => door !== './package.json');
  const ours = Object.keys(await runningModules()).filter((name) => !name.startsWith('@'));
  expect(ours.sort()).toEqual(doors.map((door) => door.replace('.', 'engram')).sort());
});
