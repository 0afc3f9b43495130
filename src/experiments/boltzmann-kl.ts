/** A Boltzmann machine learns a spin glass from samples as well as their number allows. */
import { type Rng, rng } from '../core/rng.ts';
import { divergence, stateOf } from '../memories/spins/exact.ts';
import { sleeps } from '../memories/spins/sleep-options.ts';
import { SpinMemory } from '../memories/spins/spin-memory.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { check, type Experiment, type Outcome } from './experiment.ts';
import { mean } from './sampling.ts';

/** Spins of the glass. */
export const GLASS_UNITS = 10;
const PAIRS = (GLASS_UNITS * (GLASS_UNITS - 1)) / 2;
const SIZES = [200, 2000, 20_000];
/** One data set is off by a fifth: as many are averaged. */
const SETS = 8;

/** The experiment. */
export const boltzmannKl: Experiment = {
  id: 'boltzmann.kl',
  claim:
    'A fully visible Boltzmann machine at T = 1 matches the moments of its M data, and is then KL = d / 2M from their source, for d couplings.',
  source: 'Ackley, Hinton, Sejnowski 1985; Tieleman 2008; the law is that of maximum likelihood (Wilks 1938)',
  run,
};

function run({ seed }: { readonly seed: number }): Outcome {
  const teacher = spinGlass(seed);
  const truth = teacher.probabilities();
  const rows = SIZES.map((size) => {
    const runs = Array.from({ length: SETS }, (_, set) => {
      const data = statesFrom(truth, size, rng(seed, `boltzmann.kl/${size}/${set}`));
      return exactly(data, truth);
    });
    return {
      size,
      law: PAIRS / (2 * size),
      kl: mean(runs.map(({ kl }) => kl)),
      error: Math.max(...runs.map(({ momentError }) => momentError)),
    };
  });
  const data = statesFrom(truth, 2000, rng(seed, 'boltzmann.kl/2000/0'));
  const sampled = byChains(data, seed);
  return {
    checks: [
      ...rows.map(({ size, kl, law }) =>
        check(`KL over d / 2M from ${size} states`, kl / law, { least: 0.65, most: 1.35 }),
      ),
      check('largest error of a moment, counting all states', Math.max(...rows.map(({ error }) => error)), {
        most: 1e-6,
      }),
      check('by persistent chains', sampled.momentError, { most: 0.03 }),
      check(
        'KL over d / 2M by persistent chains',
        divergence(truth, sampled.probabilities) / (PAIRS / 4000),
        {
          most: 2,
        },
      ),
    ],
    figures: [
      linesFigure(
        {
          name: 'boltzmann-kl',
          title: 'What M states teach of their source',
          subtitle: `spin glass of ${GLASS_UNITS} units, mean of ${SETS} data sets, seed ${seed}`,
          description: 'Divergence of the learned distribution from its source over the number of states.',
        },
        {
          xName: 'states M',
          yName: 'KL in nats',
          logX: true,
          logY: true,
          lines: [
            { name: 'measured', points: rows.map(({ size, kl }) => ({ x: size, value: kl })) },
            { name: 'd / 2M', points: rows.map(({ size, law }) => ({ x: size, value: law })) },
          ],
        },
      ),
    ],
  };
}

/** Couplings of a Sherrington-Kirkpatrick glass: normal, of variance 0.7^2 / N. */
export function spinGlass(seed: number): SpinMemory {
  const stream = rng(seed, 'spin glass');
  const weights = new Float64Array(GLASS_UNITS ** 2);
  for (let i = 0; i < GLASS_UNITS; i++)
    for (let j = 0; j < i; j++) {
      const weight = (0.7 * stream.normal()) / Math.sqrt(GLASS_UNITS);
      weights[i * GLASS_UNITS + j] = weight;
      weights[j * GLASS_UNITS + i] = weight;
    }
  const memory = new SpinMemory({ units: GLASS_UNITS });
  memory.couple(weights);
  return memory;
}

/** So many independent states of a distribution. */
export function statesFrom(probabilities: Float64Array, count: number, stream: Rng): Float64Array[] {
  const sums = probabilities.slice();
  for (let x = 1; x < sums.length; x++) sums[x]! += sums[x - 1]!;
  return Array.from({ length: count }, () => {
    const drawn = stream.uniform() * sums.at(-1)!;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > drawn) high = middle;
      else low = middle + 1;
    }
    return stateOf(low, GLASS_UNITS);
  });
}

function exactly(data: readonly Float64Array[], truth: Float64Array) {
  const memory = new SpinMemory({ units: GLASS_UNITS });
  const { notes } = memory.sleep({
    ...sleeps.exactBoltzmann(0.2),
    learnBias: false,
    data: [...data],
    dreams: 5000,
    noteEvery: 20,
    stop: ({ momentError }) => momentError! < 1e-7,
  });
  return { kl: divergence(truth, memory.probabilities()), momentError: notes.at(-1)!.momentError! };
}

function byChains(data: readonly Float64Array[], seed: number) {
  const memory = new SpinMemory({ units: GLASS_UNITS, seed });
  memory.sleep({ ...sleeps.boltzmann(), learnBias: false, data: [...data], dreams: 2000, noteEvery: 2000 });
  const { correlations } = memory.moments();
  const moments = new Float64Array(GLASS_UNITS ** 2);
  for (const state of data)
    for (let at = 0; at < moments.length; at++)
      moments[at]! += (state[Math.floor(at / GLASS_UNITS)]! * state[at % GLASS_UNITS]!) / data.length;
  const momentError = moments.reduce(
    (most, value, at) => Math.max(most, Math.abs(value - correlations[at]!)),
    0,
  );
  return { momentError, probabilities: memory.probabilities() };
}
