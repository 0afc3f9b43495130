/**
 * Gradients of what is piecewise constant: comparisons, logic, positions, division and casts to whole numbers. They are
 * zero wherever they exist; TensorFlow.js has none for most, so that `where(greater(x, 0), ...)` throws under `tf.grad`,
 * gives `floorDiv` that of a division, and lets the gradient of a cast to whole numbers through. Zeros are float32 whatever the input is: a tape takes no other gradient.
 */
import * as tf from './import.ts';
import { mendGradient, setGradient } from './register.ts';

const both = ['a', 'b'];
const one = ['x'];

/** Kernels whose result is constant between jumps, with the names of their inputs. */
const constantKernels: Readonly<Record<string, string[]>> = {
  Greater: both,
  GreaterEqual: both,
  Less: both,
  LessEqual: both,
  Equal: both,
  NotEqual: both,
  LogicalAnd: both,
  LogicalOr: both,
  FloorDiv: both,
  LogicalNot: one,
  All: one,
  Any: one,
  IsNan: one,
  IsInf: one,
  IsFinite: one,
  ArgMax: one,
  ArgMin: one,
};

for (const [kernelName, inputsToSave] of Object.entries(constantKernels))
  setGradient(kernelName, { inputsToSave }, (_, saved) =>
    Object.fromEntries(inputsToSave.map((name, i) => [name, () => tf.zeros(saved[i]!.shape)])),
  );

mendGradient(
  'Cast',
  (_, { dtype }) => dtype === 'int32' || dtype === 'bool',
  (dy) => ({ x: () => tf.zeros((dy as tf.Tensor).shape) }),
);
