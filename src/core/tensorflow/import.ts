/**
 * The only import of the TensorFlow.js packages. Everybody else reads `core/tf.ts`, which is this with what it mends.
 * tfjs-layers is imported because tfjs-core alone registers no gradients in Node; nothing of it is used.
 */
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';

export * from '@tensorflow/tfjs-core';
