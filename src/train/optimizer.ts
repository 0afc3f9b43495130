/** From an optimizer's configuration to its transform: clip by value, clip by norm, then the update rule. */
import type { Transform } from '../core/contracts.ts';
import type { OptimizerConfig } from './config.ts';
import { schedule } from './schedule.ts';
import { adam, chain, clipByGlobalNorm, clipByValue, gravesRmsprop, rmsprop, sgd } from './transforms.ts';

/**
 * The whole transform that a configuration describes.
 * @throws UsageError on a schedule that has no steps to fall in
 */
export function optimizer(config: OptimizerConfig): Transform {
  const clips = [
    ...(config.clipValue > 0 ? [clipByValue(config.clipValue)] : []),
    ...(config.clipNorm > 0 ? [clipByGlobalNorm(config.clipNorm)] : []),
  ];
  return chain(...clips, rule(config));
}

function rule(config: OptimizerConfig): Transform {
  const rate = schedule(config);
  switch (config.name) {
    case 'graves-rmsprop':
      return gravesRmsprop(rate, config);
    case 'rmsprop':
      return rmsprop(rate, config);
    case 'adam':
    case 'adamw':
      return adam(rate, config);
    case 'sgd':
      return sgd(rate, config.momentum);
  }
}
