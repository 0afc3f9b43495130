/** Variables of TensorFlow.js are refused: no engine trains one that a cell keeps to itself, and none frees it. */
import { UsageError } from '../errors.ts';

/** Refused: parameters are what `init` returns. */
export const variable: (...args: unknown[]) => never = () => {
  throw new UsageError(
    'variable: expected tensors, got a variable, which is neither trained nor freed; what is learned is returned by init as a tensor, and what changes from step to step is state',
  );
};
