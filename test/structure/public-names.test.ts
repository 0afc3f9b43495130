import { expect, it } from 'vitest';
import * as cell from '../../src/cell.ts';
import * as engram from '../../src/index.ts';
import * as jit from '../../src/jit/index.ts';
import * as report from '../../src/report/index.ts';
import * as tasks from '../../tasks/index.ts';

it('the public names of engram are these', () => {
  expect(Object.keys(engram).sort()).toEqual([
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
    'checkpointSteps',
    'clipByGlobalNorm',
    'clipByValue',
    'compiledEngine',
    'configHash',
    'configSchema',
    'decodeSafetensors',
    'eagerEngine',
    'encodeSafetensors',
    'evaluateSet',
    'evaluationSet',
    'fastWeights',
    'freshState',
    'gravesRmsprop',
    'irnn',
    'leaves',
    'loadCheckpoint',
    'loadWeights',
    'lstm',
    'mapTree',
    'model',
    'newestUsable',
    'ntm',
    'openBackend',
    'optimizer',
    'recipe',
    'registry',
    'resumeRng',
    'rmsprop',
    'rng',
    'saveCheckpoint',
    'schedule',
    'sgd',
    'train',
    'treeLike',
    'unroll',
  ]);
});

it('the public names of engram/cell are these', () => {
  expect(Object.keys(cell).sort()).toEqual([
    'UsageError',
    'allocation',
    'allocations',
    'contentWeights',
    'decayedUsage',
    'defineCell',
    'defineTask',
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
    'resumeRng',
    'retained',
    'rng',
    'rowLosses',
    'scaledIdentity',
    'sequenceLoss',
    'sharpen',
    'shiftWeights',
    'showShape',
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
  expect(Object.keys(tasks).sort()).toEqual(['associativeRecall', 'copy', 'keyValueRetrieval', 'tasks']);
});

it('the public names of engram/report are these', () => {
  expect(Object.keys(report).sort()).toEqual(['figures', 'page', 'png', 'sequenceRecord']);
});

it('the public names of engram/jit are these', () => {
  expect(Object.keys(jit).sort()).toEqual([
    'CompileError',
    'CompiledModel',
    'UnsupportedKernelError',
    'compile',
    'hasRelaxedSimd',
    'interpret',
    'print',
    'printProgram',
    'profile',
    'showProfile',
    'traceModel',
    'wat',
  ]);
});
