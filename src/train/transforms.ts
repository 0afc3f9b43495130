/**
 * Gradient transformations over the flat vector of all parameters: clipping, and the update rules of the field.
 * Each is a pair of pure functions in tensor operations, so a compiler can trace it. The optimizers of TensorFlow.js
 * are not used: its Adam does not resume exactly and its centered RMSProp subtracts epsilon inside the root.
 */
import type { OptimizerState, Transform } from '../core/contracts.ts';
import * as tf from '../core/tf.ts';
import type { Schedule } from './schedule.ts';

/**
 * Transforms in a row, each given the update of the one before it. Their states share one set of names.
 * @throws Error when two of them claim the same name
 */
export function chain(...transforms: readonly Transform[]): Transform {
  return {
    init(size) {
      const parts = transforms.map((transform) => transform.init(size));
      const state: OptimizerState = Object.assign({}, ...parts);
      const claimed = parts.reduce((count, part) => count + Object.keys(part).length, 0);
      if (claimed !== Object.keys(state).length)
        throw new Error('internal: chain: two transforms claim one name');
      return state;
    },
    update: (gradient, state, context) =>
      transforms.reduce(
        (before, transform) => {
          const after = transform.update(before.update, before.state, context);
          return { update: after.update, state: { ...before.state, ...after.state } };
        },
        { update: gradient, state },
      ),
  };
}

/** g min(1, limit / |g|): the direction stays (Pascanu, Mikolov and Bengio 2013, algorithm 1). */
export function clipByGlobalNorm(limit: number): Transform {
  return stateless((gradient) => {
    const norm = tf.sqrt(tf.sum(tf.square(gradient)));
    return tf.mul(gradient, tf.div(limit, tf.maximum(norm, limit)));
  });
}

/** Each component into [-limit, limit] (Graves 2013, section 2.1). */
export function clipByValue(limit: number): Transform {
  return stateless((gradient) => tf.clipByValue(gradient, -limit, limit));
}

/** -rate D, D = momentum D + g. Without momentum it has no state. */
export function sgd(rate: Schedule, momentum = 0): Transform {
  if (momentum === 0) return stateless((gradient, step) => tf.neg(tf.mul(gradient, rate(step))));
  return {
    init: (size) => ({ velocity: tf.zeros([size]) }),
    update(gradient, state, { step }) {
      const velocity = blend(state, 'velocity', momentum, gradient);
      return { update: vector(tf.neg(tf.mul(velocity, rate(step)))), state: { velocity } };
    },
  };
}

/**
 * Centered RMSProp with epsilon inside the root (Graves 2013, equations 38-41):
 * n = d n + (1-d) g², m = d m + (1-d) g, D = momentum D - rate g / sqrt(n - m² + epsilon); the update is D.
 * n - m² is a variance, which rounding can make negative where gradients are large and steady; it is held at 0.
 */
export function gravesRmsprop(
  rate: Schedule,
  { decay = 0.95, momentum = 0.9, epsilon = 1e-4 } = {},
): Transform {
  return {
    init: (size) => ({ square: tf.zeros([size]), mean: tf.zeros([size]), velocity: tf.zeros([size]) }),
    update(gradient, state, { step }) {
      const square = blend(state, 'square', decay, tf.mul(tf.square(gradient), 1 - decay));
      const mean = blend(state, 'mean', decay, tf.mul(gradient, 1 - decay));
      const variance = tf.relu(tf.sub(square, tf.square(mean)));
      const scaled = tf.div(tf.mul(gradient, rate(step)), tf.sqrt(tf.add(variance, epsilon)));
      const velocity = vector(tf.sub(tf.mul(vectorOf(state, 'velocity'), momentum), scaled));
      return { update: velocity, state: { square, mean, velocity } };
    },
  };
}

/**
 * RMSProp as PyTorch writes it: v = d v + (1-d) g², D = momentum D + g / (sqrt(v) + epsilon); the update is -rate D.
 */
export function rmsprop(rate: Schedule, { decay = 0.9, momentum = 0, epsilon = 1e-8 } = {}): Transform {
  const names = momentum === 0 ? ['square'] : ['square', 'velocity'];
  return {
    init: (size) => Object.fromEntries(names.map((name) => [name, tf.zeros([size])])),
    update(gradient, state, { step }) {
      const square = blend(state, 'square', decay, tf.mul(tf.square(gradient), 1 - decay));
      const scaled = vector(tf.div(gradient, tf.add(tf.sqrt(square), epsilon)));
      const velocity = momentum === 0 ? scaled : blend(state, 'velocity', momentum, scaled);
      const update = vector(tf.neg(tf.mul(velocity, rate(step))));
      return { update, state: momentum === 0 ? { square } : { square, velocity } };
    },
  };
}

/** The numbers of Adam. */
export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled weight decay, of every parameter alike; 0 = off. */
  readonly weightDecay?: number;
}

/**
 * Kingma and Ba 2015, algorithm 1; with `weightDecay`, Loshchilov and Hutter 2019, algorithm 2 (AdamW):
 * m = β1 m + (1-β1) g, v = β2 v + (1-β2) g², update = -rate (m̂ / (sqrt(v̂) + epsilon) + weightDecay θ).
 */
export function adam(rate: Schedule, options: AdamOptions = {}): Transform {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  return {
    init: (size) => ({ mean: tf.zeros([size]), square: tf.zeros([size]) }),
    update(gradient, state, { params, step }) {
      const mean = blend(state, 'mean', beta1, tf.mul(gradient, 1 - beta1));
      const square = blend(state, 'square', beta2, tf.mul(tf.square(gradient), 1 - beta2));
      const root = tf.sqrt(tf.div(square, oneMinusPower(beta2, step)));
      const direction = tf.div(tf.div(mean, oneMinusPower(beta1, step)), tf.add(root, epsilon));
      const pulled = weightDecay === 0 ? direction : tf.add(direction, tf.mul(params, weightDecay));
      return { update: vector(tf.neg(tf.mul(pulled, rate(step)))), state: { mean, square } };
    },
  };
}

/**
 * 1 - β^t as 2u / (1 + u), u = tanh(-t ln(β) / 2): in float32 the plain form has lost four digits at t = 1, β = 0.999.
 */
function oneMinusPower(beta: number, step: tf.Scalar): tf.Tensor {
  if (beta === 0) return tf.scalar(1);
  const half = tf.tanh(tf.mul(step, -Math.log(beta) / 2));
  return tf.div(tf.mul(half, 2), tf.add(half, 1));
}

/** A transform that remembers nothing. */
function stateless(change: (gradient: tf.Tensor1D, step: tf.Scalar) => tf.Tensor): Transform {
  return {
    init: () => ({}),
    update: (gradient, _state, { step }) => ({ update: vector(change(gradient, step)), state: {} }),
  };
}

/** decay * state[name] + addend. */
function blend(state: OptimizerState, name: string, decay: number, addend: tf.Tensor): tf.Tensor1D {
  return vector(tf.add(tf.mul(vectorOf(state, name), decay), addend));
}

function vectorOf(state: OptimizerState, name: string): tf.Tensor1D {
  const found = state[name];
  if (found === undefined) throw new Error(`internal: optimizer: ${name} is missing from the state`);
  return found;
}

/** Elementwise operations keep the rank, which their types do not say. */
function vector(tensor: tf.Tensor): tf.Tensor1D {
  return tensor as tf.Tensor1D;
}
