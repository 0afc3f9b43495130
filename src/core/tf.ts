/**
 * The door to TensorFlow.js: cells write `import * as tf from '../core/tf.ts'`, or `import { tf } from 'engram/cell'`.
 * It is tfjs-core with gradients that are right where its own are wrong or missing, with `einsum` and convolutions made of
 * operations that every engine has, and without the random operations, which no seed reaches.
 */
import './tensorflow/gradients.ts';

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
