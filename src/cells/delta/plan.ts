/** What follows of the settings of the cell `delta`, and the refusal of those that make no sense together. */
import { UsageError } from '../../core/errors.ts';
import { headsThatDivide } from '../heads.ts';
import { type FeatureMapName, featureMaps } from './feature-maps.ts';
import type { FrontEnd } from './front-end.ts';
import { type DeltaRuleName, deltaRules } from './rules.ts';
import type { DeltaSettings } from './settings.ts';

/** Gates of the family: beta where the rule reads, alpha where it forgets. */
export type DeltaGate = 'beta' | 'alpha';

/** The settings with nothing left open, no `auto`, no 0, and the front end that follows of them. */
export type DeltaPlan = DeltaSettings &
  FrontEnd<DeltaGate> & {
    /** Numbers that the feature map makes of a key. */
    readonly featureSize: number;
  };

/** What the papers divide by. */
function usualNormalization(rule: DeltaRuleName, featureMap: FeatureMapName): DeltaPlan['normalization'] {
  const { positive } = featureMaps[featureMap];
  if (rule === 'sum') return positive ? 'attention' : 'none';
  if (!deltaRules[rule].reads) return 'none';
  return positive ? 'sum' : 'l2';
}

/**
 * The settings filled in.
 * @throws UsageError on those that make no sense together
 */
export function planOf(settings: DeltaSettings): DeltaPlan {
  const { rule, size, heads, nu, gate } = settings;
  const { gated, reads, steps: usual } = deltaRules[rule];
  const featureMap = settings.featureMap !== 'auto' ? settings.featureMap : rule === 'sum' ? 'elu' : 'silu';
  const keySize = settings.keySize || size / heads;
  const featureSize = featureMaps[featureMap].size(keySize, nu);
  const steps = settings.steps || usual;
  const normalization =
    settings.normalization === 'auto' ? usualNormalization(rule, featureMap) : settings.normalization;
  const plan: DeltaPlan = {
    ...settings,
    featureMap,
    keySize,
    valueSize: settings.valueSize || size / heads,
    normalization,
    steps,
    featureSize,
    queryScale: ['l2', 'none'].includes(normalization) ? featureSize ** -0.5 : 1,
    convolved: settings.convolution ? 'all' : 'nothing',
    gates: {
      beta: reads ? heads * steps : 0,
      alpha: gated ? heads * (gate === 'scalar' ? 1 : featureSize) : 0,
    },
  };
  checkSizes(plan);
  checkRule(plan);
  return plan;
}

function refuse(expected: string, got: unknown, cure: string): never {
  throw new UsageError(`delta: expected ${expected}, got ${got}; ${cure}`);
}

function checkSizes({ size, heads, keySize, valueSize, nu, featureMap }: DeltaPlan): void {
  if (!Number.isInteger(keySize) || !Number.isInteger(valueSize)) {
    const cure = `take ${headsThatDivide(size)} heads, or set keySize and valueSize`;
    refuse(`heads that divide size ${size}`, heads, cure);
  }
  const most = 2 * keySize - 1;
  if (featureMap !== 'dpfp' && nu > 1)
    refuse(`nu 1 with the feature map ${featureMap}`, nu, 'only dpfp has products: set featureMap dpfp');
  if (featureMap === 'dpfp' && nu > most)
    refuse(`nu of at most 2 keySize - 1 = ${most}`, nu, 'lower nu or raise keySize');
}

/** What stands in the way of a normalization that does not work. */
const obstacles = {
  attention:
    'it divides by sums that only the rule sum keeps, of features that are never negative: elu, relu, dpfp',
  sum: 'its features can sum to 0: or set featureMap elu, relu or dpfp',
  l2: '',
  none: 'keys longer than 1 take back more than they find, and the memory grows without bound',
};

function checkRule(plan: DeltaPlan): void {
  const { rule, featureMap, normalization, gate, negativeEigenvalues, steps } = plan;
  const { gated, reads, steps: usual } = deltaRules[rule];
  const { positive } = featureMaps[featureMap];
  const works = [
    ...(positive && rule === 'sum' ? ['attention'] : []),
    ...(positive ? ['sum'] : []),
    'l2',
    ...(reads ? [] : ['none']),
  ];
  if (!works.includes(normalization)) {
    const place = `with the rule ${rule} and the feature map ${featureMap}`;
    refuse(`normalization ${works.join(' or ')} ${place}`, normalization, obstacles[normalization]);
  }
  if (gate === 'channel' && !gated)
    refuse(`gate scalar with the rule ${rule}`, gate, `it forgets nothing: set rule gated-${rule}`);
  if (negativeEigenvalues && !reads)
    refuse(
      `negativeEigenvalues false with the rule ${rule}`,
      negativeEigenvalues,
      'it takes nothing back: set rule delta, gated-delta or product',
    );
  if (steps > 1 && usual === 1)
    refuse(`steps 1 with the rule ${rule}`, steps, `set rule ${gated ? 'gated-product' : 'product'}`);
}
