/** How many bits of stored patterns are unstable: the noise of the other patterns against a signal of 1. */
import { rng } from '../core/rng.ts';
import { SpinMemory } from '../memories/spins/spin-memory.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { check, type Experiment, type Outcome } from './experiment.ts';
import { erfc, mean, randomPatterns } from './sampling.ts';

const UNITS = 1000;
const NETS = 3;
const LOADS = [0.05, 0.1, 0.138, 0.2, 0.3];

/** The experiment. */
export const hopfieldError: Experiment = {
  id: 'hopfield.error',
  claim: 'By Hebb’s rule a bit of a stored pattern is unstable with probability erfc(1 / sqrt(2 alpha)) / 2.',
  source: 'Hopfield 1982; Hertz, Krogh, Palmer 1991, section 2.2',
  run,
};

function run({ seed }: { readonly seed: number }): Outcome {
  const rows = LOADS.map((load) => {
    const rates = Array.from({ length: NETS }, (_, net) => errorRate(load, seed, net));
    const law = exactRate(Math.round(load * UNITS));
    const error = standardDeviation(law, Math.round(load * UNITS)) / Math.sqrt(NETS);
    return { load, measured: mean(rates), law, away: Math.abs(mean(rates) - law) / error };
  });
  const limit = (load: number) => erfc(1 / Math.sqrt(2 * load)) / 2;
  return {
    checks: [
      ...rows.map(({ load, away }) =>
        check(`standard errors from the law at alpha ${load}`, away, { most: 3 }),
      ),
      ...rows
        .filter(({ load }) => load >= 0.2)
        .map(({ load, measured }) =>
          check(`rate over that of an endless net at alpha ${load}`, measured / limit(load), {
            least: 0.9,
            most: 1.1,
          }),
        ),
    ],
    figures: [
      linesFigure(
        {
          name: 'hopfield-error',
          title: 'Unstable bits of stored patterns',
          subtitle: `${UNITS} units, ${NETS} nets, seed ${seed}`,
          description: 'Share of unstable bits over the load, measured and by the law of the Gaussian tail.',
        },
        {
          xName: 'load alpha = P / N',
          yName: 'share of bits',
          logY: true,
          lines: [
            { name: 'measured', points: rows.map(({ load, measured }) => ({ x: load, value: measured })) },
            {
              name: 'erfc(1 / sqrt(2 alpha)) / 2',
              points: Array.from({ length: 27 }, (_, i) => 0.04 + 0.01 * i).map((x) => ({
                x,
                value: limit(x),
              })),
            },
          ],
        },
      ),
    ],
  };
}

function errorRate(load: number, seed: number, net: number): number {
  const patterns = randomPatterns(
    Math.round(load * UNITS),
    UNITS,
    rng(seed, `hopfield.error/${load}/${net}`),
  );
  const memory = new SpinMemory({ units: UNITS });
  for (const pattern of patterns) memory.store(pattern);
  let wrong = 0;
  for (const pattern of patterns) {
    const fields = memory.fields(pattern);
    for (let i = 0; i < UNITS; i++) if (pattern[i]! * fields[i]! < 0) wrong++;
  }
  return wrong / (patterns.length * UNITS);
}

/**
 * Of the rate of one net: bits that are wrong one by one, and what they have in common. The noise of a net is the sum of its
 * squared overlaps, of which each pair of patterns has one, so that it varies by 2 / P of itself; the tail goes with it.
 */
function standardDeviation(rate: number, patterns: number): number {
  const edge = Math.sqrt((UNITS - 1) / (patterns - 1));
  const density = Math.exp((-edge * edge) / 2) / Math.sqrt(2 * Math.PI);
  return Math.hypot(Math.sqrt((rate * (1 - rate)) / (patterns * UNITS)), (density * edge) / patterns);
}

/**
 * For so many patterns in N units: the noise is a sum of (P-1)(N-1) signs, which must outweigh N-1 signs of signal, where
 * a draw leaves the bit as it is. By the Gaussian with the correction for whole numbers.
 */
function exactRate(patterns: number): number {
  const signs = (patterns - 1) * (UNITS - 1);
  const draw = (signs - (UNITS - 1)) % 2 === 0 ? 1 : 0;
  return erfc((UNITS - 1 + draw) / Math.sqrt(2 * signs)) / 2;
}
