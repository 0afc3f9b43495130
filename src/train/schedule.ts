/** How the learning rate goes: functions of the step number as a tensor, so that they trace with the optimizer. */
import { UsageError } from '../core/errors.ts';
import * as tf from '../core/tf.ts';

/** The learning rate at a step; steps count from 1. */
export type Schedule = (step: tf.Scalar) => tf.Scalar;

/** What a schedule is made of; `config.ts` says what each number means. */
export interface ScheduleOptions {
  readonly rate: number;
  readonly schedule?: 'constant' | 'linear' | 'cosine';
  readonly warmupSteps?: number;
  readonly decaySteps?: number;
  readonly finalRate?: number;
}

/**
 * The rate rises in a straight line to `rate` at step `warmupSteps`, then stays, or falls to `finalRate` at step
 * `decaySteps` along a line or half a cosine, and stays there.
 * @throws UsageError when a falling rate has no steps to fall in
 */
export function schedule(options: ScheduleOptions): Schedule {
  const { rate, schedule: kind = 'constant', warmupSteps = 0, decaySteps = 0, finalRate = 0 } = options;
  const fallSteps = decaySteps - warmupSteps;
  if (kind !== 'constant' && fallSteps <= 0)
    throw new UsageError(
      `optimizer.decaySteps: expected more than warmupSteps (${warmupSteps}) with the ${kind} schedule, got ${decaySteps}; say at which step the rate reaches finalRate`,
    );
  return (step) => {
    const full = kind === 'constant' ? tf.scalar(rate) : fall(kind);
    return (warmupSteps === 0 ? full : tf.mul(full, tf.minimum(tf.div(step, warmupSteps), 1))) as tf.Scalar;

    function fall(along: 'linear' | 'cosine'): tf.Tensor {
      const done = tf.minimum(tf.maximum(tf.div(tf.sub(step, warmupSteps), fallSteps), 0), 1);
      const left =
        along === 'linear' ? tf.sub(1, done) : tf.mul(tf.add(tf.cos(tf.mul(done, Math.PI)), 1), 0.5);
      return tf.add(tf.mul(left, rate - finalRate), finalRate);
    }
  };
}

/** The learning rate at a step as a number, as the optimizer has it. */
export function rateAt(options: ScheduleOptions, step: number): number {
  const rate = tf.tidy(() => schedule(options)(tf.scalar(step)).dataSync()[0]!);
  // As many digits as a float32 has.
  return Number(rate.toPrecision(7));
}
