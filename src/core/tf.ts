/**
 * The only file that imports TensorFlow.js. Cells write `import * as tf from '../core/tf.ts'`.
 * tfjs-layers is imported because tfjs-core alone registers no gradients in Node; nothing of it is used.
 */
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';

export * from '@tensorflow/tfjs-core';
