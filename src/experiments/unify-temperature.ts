/** One rule at every temperature: what is learned cold is recalled, what is learned at T = 1 generates. */
import { rng } from '../core/rng.ts';
import { overlap } from '../memories/codes.ts';
import { divergence } from '../memories/spins/exact.ts';
import { type SleepOptions, sleeps } from '../memories/spins/sleep-options.ts';
import { SpinMemory } from '../memories/spins/spin-memory.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { GLASS_UNITS, spinGlass, statesFrom } from './boltzmann-kl.ts';
import { check, type Experiment, type Outcome } from './experiment.ts';
import { flipped, mean, randomPatterns } from './sampling.ts';

const TEMPERATURES = [0, 0.1, 0.3, 0.5, 1, 1.5, 2];
const UNITS = 100;
const PATTERNS = 50;
const NETS = 3;
const EPOCHS = 60;
const STATES = 2000;

/** The experiment. */
export const unifyTemperature: Experiment = {
  id: 'unify.temperature',
  claim:
    'With its data term the one rule of sleep converges at every temperature: cold it recalls, at T = 1 it generates; without the term, as it is printed, it has a best number of dreams and then destroys.',
  source: 'Slides “Simple models of your brain” (Ventura 2023), where the data term is missing after t = 0',
  run,
};

function run({ seed }: { readonly seed: number }): Outcome {
  const truth = spinGlass(seed).probabilities();
  const data = statesFrom(truth, STATES, rng(seed, 'unify.temperature/states'));
  const recall = TEMPERATURES.map((temperature) => recalled(temperature, seed));
  const generation = TEMPERATURES.map((temperature) => generated(temperature, data, truth, seed));
  const literal = asPrinted(data, truth);
  const best = Math.min(...literal);
  const at = (values: readonly number[], temperature: number) => values[TEMPERATURES.indexOf(temperature)]!;
  const others = generation.filter((_, i) => TEMPERATURES[i] !== 1);
  return {
    checks: [
      check('largest deviation of J_T from T J_1', gaugeDeviation(data), { most: 1e-4 }),
      check('overlap recalled of what is learned at T = 0', at(recall, 0), { least: 0.85 }),
      check('and less of what is learned at T = 2, by', at(recall, 0) - at(recall, 2), { least: 0.05 }),
      check('KL of what is learned at T = 1', at(generation, 1), { most: 0.05 }),
      check('least KL of what is learned at any other T', Math.min(...others), {
        least: 2 * at(generation, 1),
      }),
      check('KL of what is learned at T = 0', at(generation, 0), { least: 0.3 }),
      check('steps to the best of the rule as printed', literal.indexOf(best), {
        least: 1,
        most: literal.length - 2,
      }),
      check('its KL at the end over its best', literal.at(-1)! / best, { least: 3 }),
    ],
    figures: [
      linesFigure(
        {
          name: 'unify-temperature',
          title: 'One rule, from memory to generation',
          subtitle: `recall: ${UNITS} units, ${PATTERNS} patterns; generation: ${GLASS_UNITS} units, ${STATES} states; seed ${seed}`,
          description:
            'Overlap of recall, and divergence from the source of the data, over the temperature of the dreams.',
        },
        {
          xName: 'temperature of the dreams',
          yName: 'overlap recalled',
          top: 1,
          lines: [{ name: 'recall', points: TEMPERATURES.map((x, i) => ({ x, value: recall[i]! })) }],
        },
        {
          xName: 'temperature of the dreams',
          yName: 'KL in nats',
          lines: [{ name: 'generation', points: TEMPERATURES.map((x, i) => ({ x, value: generation[i]! })) }],
        },
      ),
    ],
  };
}

/** Daydreaming with dreams of a temperature, then recall without noise from a tenth of the spins reversed. */
function recalled(temperature: number, seed: number): number {
  return mean(
    Array.from({ length: NETS }, (_, net) => {
      const stream = rng(seed, `unify.temperature/${net}`);
      const patterns = randomPatterns(PATTERNS, UNITS, stream);
      const memory = new SpinMemory({ units: UNITS, seed: seed + net });
      for (const pattern of patterns) memory.store(pattern);
      const dreams = EPOCHS * UNITS;
      memory.sleep({ ...sleeps.daydream(), temperature, sweeps: 10, dreams, noteEvery: dreams });
      return mean(
        patterns.map((pattern) => overlap(memory.complete(flipped(pattern, 0.1, stream)).value, pattern)),
      );
    }),
  );
}

/** Learned from many states at a temperature, sampled at T = 1: how far from their source. */
function generated(
  temperature: number,
  data: readonly Float64Array[],
  truth: Float64Array,
  seed: number,
): number {
  const memory = new SpinMemory({ units: GLASS_UNITS, seed });
  const night: SleepOptions =
    temperature > 0
      ? { ...sleeps.exactBoltzmann(0.2), temperature, dreams: 3000 }
      : { temperature: 0, day: 1, show: 'all', chains: 50, rate: 0.05, halving: 300, dreams: 1500 };
  const report = {
    noteEvery: 100,
    stop: ({ momentError = 1 }: { readonly momentError?: number }) => momentError < 1e-6,
  };
  memory.sleep({ ...night, ...report, learnBias: false, data: [...data] });
  return divergence(truth, memory.probabilities(1));
}

/** At full convergence another temperature is the same model with couplings as much larger. */
function gaugeDeviation(data: readonly Float64Array[]): number {
  const trained = (temperature: number) => {
    const memory = new SpinMemory({ units: GLASS_UNITS });
    memory.sleep({
      ...sleeps.exactBoltzmann(0.2 * temperature),
      temperature,
      learnBias: false,
      data: [...data],
      dreams: 4000,
      noteEvery: 100,
      stop: ({ momentError }) => momentError! < 1e-8,
    });
    return memory.weights;
  };
  const one = trained(1);
  return Math.max(
    ...[0.25, 0.5, 2].flatMap((temperature) =>
      [...trained(temperature)].map((weight, at) => Math.abs(weight - temperature * one[at]!)),
    ),
  );
}

/** The rule as the slides have it: from the moments of the data, dreams at T = 1 are taken away, and nothing is given back. */
function asPrinted(data: readonly Float64Array[], truth: Float64Array): number[] {
  const memory = new SpinMemory({ units: GLASS_UNITS });
  const start = new Float64Array(GLASS_UNITS ** 2);
  for (const state of data)
    for (let i = 0; i < GLASS_UNITS; i++)
      for (let j = 0; j < i; j++) {
        start[i * GLASS_UNITS + j]! += (state[i]! * state[j]!) / data.length;
        start[j * GLASS_UNITS + i] = start[i * GLASS_UNITS + j]!;
      }
  memory.couple(start);
  return Array.from({ length: 121 }, (_, step) => {
    if (step > 0) memory.sleep({ temperature: 1, exact: true, rate: 0.02, dreams: 1 });
    return divergence(truth, memory.probabilities(1));
  });
}
