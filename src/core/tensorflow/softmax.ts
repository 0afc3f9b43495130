/**
 * The gradient of the softmax as y (dy − Σ dy y). TensorFlow.js has dy y − y Σ dy y: a fused multiply-add rounds one of these
 * terms only, and where they are equal leaves a gradient that is not there, which large weights carry to infinity.
 */
import * as tf from './import.ts';
import { setGradient } from './register.ts';

setGradient('Softmax', { outputsToSave: [true] }, (dy, [y], { dim }) => ({
  logits: () => {
    const above = dy as tf.Tensor;
    return tf.mul(y!, tf.sub(above, tf.sum(tf.mul(above, y!), dim as number, true)));
  },
}));
