/**
 * The door to TensorFlow.js: cells write `import * as tf from '../core/tf.ts'`, or `import { tf } from 'engram/cell'`.
 * It is tfjs-core with gradients that are right where its own are wrong or missing, with `einsum`, convolutions and batch
 * normalization made of operations that every engine has, without the random operations, which no seed reaches, and
 * without variables, which no engine trains.
 */
import './tensorflow/gradients.ts';

export { batchNorm, batchNorm2d, batchNorm3d, batchNorm4d } from './tensorflow/batch-norm.ts';
export { conv1d, conv2d, type Padding } from './tensorflow/convolution.ts';
export { einsum } from './tensorflow/einsum.ts';
export { gather } from './tensorflow/gather.ts';
export * from './tensorflow/import.ts';
export { split, unstack } from './tensorflow/lists.ts';
export {
  dropout,
  multinomial,
  rand,
  randomGamma,
  randomNormal,
  randomStandardNormal,
  randomUniform,
  randomUniformInt,
  truncatedNormal,
} from './tensorflow/random.ts';
export { cumprod, cumsum } from './tensorflow/running.ts';
export { stridedSlice } from './tensorflow/slices.ts';
export { variable } from './tensorflow/variable.ts';
