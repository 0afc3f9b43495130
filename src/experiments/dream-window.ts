/** Unlearning has a right length: too few dreams leave the glass, too many take the memories with it. */
import { rng } from '../core/rng.ts';
import { overlap } from '../memories/codes.ts';
import { sleeps } from '../memories/spins/sleep-options.ts';
import { SpinMemory } from '../memories/spins/spin-memory.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { check, type Experiment, type Outcome } from './experiment.ts';
import { fitLine, flipped, mean, randomPatterns } from './sampling.ts';

const UNITS = 200;
const STRENGTH = 0.01;
const LOADS = [0.2, 0.3, 0.4, 0.5, 0.6];
/** Lengths of a sleep in units of P / strength dreams. */
const STEP = 0.1;
const STEPS = 13;
const CUES = 2;
/** A pattern counts as recalled from this overlap on. */
const RECALLED = 0.95;

/** The experiment. */
export const dreamWindow: Experiment = {
  id: 'dream.window',
  claim:
    'Unlearning makes far more patterns stable than Hebb’s rule, in a window of lengths around 0.7 P / strength dreams, and destroys them after it.',
  source: 'Hopfield, Feinstein, Palmer 1983; van Hemmen et al. 1990; Benedetti, Ventura et al. 2022',
  run,
};

interface Row {
  readonly length: number;
  readonly recalled: number;
  readonly stable: number;
  readonly firmness: number;
}

function run({ seed }: { readonly seed: number }): Outcome {
  const curves = LOADS.map((load) => ({ load, rows: nights(load, seed) }));
  const of = (load: number) => curves.find((curve) => curve.load === load)!.rows;
  const inside = of(0.4)
    .filter(({ length }) => length > 0.45 && length < 0.85)
    .map(({ recalled }) => recalled);
  const best = curves.map(({ rows }) => rows.reduce((a, b) => (b.firmness > a.firmness ? b : a)).length);
  // The best number of dreams, times strength / N.
  const dreams = best.map((length, i) => length * LOADS[i]!);
  const line = fitLine(LOADS, dreams);
  return {
    checks: [
      check('recalled at alpha 0.4 without a dream', of(0.4)[0]!.recalled, { most: 0.05 }),
      check('recalled at alpha 0.4 from 0.5 to 0.8, mean', mean(inside), { least: 0.95 }),
      check('and the least of it', Math.min(...inside), { least: 0.9 }),
      check('recalled at alpha 0.4 at 1.3', of(0.4).at(-1)!.recalled, { most: 0.05 }),
      check('stable at alpha 0.6 at 0.9', of(0.6)[9]!.stable, { least: 0.95 }),
      check('fit of a line to the best number of dreams over alpha', line.rSquared, { least: 0.95 }),
      check('its slope', line.slope, { least: 0.5, most: 1.5 }),
    ],
    figures: [
      linesFigure(
        {
          name: 'dream-window',
          title: 'The right number of dreams',
          subtitle: `${UNITS} units, unlearning of strength ${STRENGTH}, seed ${seed}`,
          description: 'Share of patterns recalled from a tenth of spins reversed, over the length of sleep.',
        },
        {
          xName: 'dreams in units of P / strength',
          yName: 'share recalled',
          top: 1,
          lines: curves.map(({ load, rows }) => ({
            name: `alpha = ${load}`,
            points: rows.map(({ length, recalled }) => ({ x: length, value: recalled })),
          })),
        },
      ),
    ],
  };
}

/** What is left after each tenth of P / strength dreams. */
function nights(load: number, seed: number): Row[] {
  const stream = rng(seed, `dream.window/${load}`);
  const patterns = randomPatterns(Math.round(load * UNITS), UNITS, stream);
  const memory = new SpinMemory({ units: UNITS, seed });
  for (const pattern of patterns) memory.store(pattern);
  const dreams = Math.round((STEP * patterns.length) / STRENGTH);
  return Array.from({ length: STEPS + 1 }, (_, at) => {
    const night = { ...sleeps.unlearning(STRENGTH), dreams: at === 0 ? 0 : dreams, noteEvery: dreams };
    const note = memory.sleep(night).notes.at(-1);
    return {
      length: at * STEP,
      recalled: mean(
        patterns.flatMap((pattern) =>
          Array.from({ length: CUES }, () =>
            Number(overlap(memory.complete(flipped(pattern, 0.1, stream)).value, pattern) >= RECALLED),
          ),
        ),
      ),
      stable: note?.stable ?? 0,
      firmness: note?.min ?? Number.NEGATIVE_INFINITY,
    };
  });
}
