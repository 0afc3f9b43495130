/** Where a Hebbian net stops to remember: the overlap it ends with falls at a load that sharpens with its size. */
import { rng } from '../core/rng.ts';
import { overlap } from '../memories/codes.ts';
import { SpinMemory } from '../memories/spins/spin-memory.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { check, type Experiment, type Outcome } from './experiment.ts';
import { fitLine, mean, randomPatterns } from './sampling.ts';

const LARGE = 1000;
const SMALL = 500;
const LOADS = [0.1, 0.12, 0.13, 0.14, 0.15, 0.16, 0.2];
/** Where memory falls, and a line fits what one size keeps more than the other: where they cross. */
const NEAR = LOADS.filter((load) => load >= 0.13 && load <= 0.16);
const NETS = { [LARGE]: 4, [SMALL]: 12 } as const;
/** Of each net so many patterns are recalled. */
const ASKED = 60;
/** A pattern counts as kept when the state that it ends in has this overlap with it. */
const KEPT = 0.9;

/** The experiment. */
export const hopfieldCapacity: Experiment = {
  id: 'hopfield.capacity',
  claim:
    'A Hebbian net keeps stored patterns nearly whole below alpha = 0.138 and loses them above, the more suddenly the larger it is.',
  source: 'Amit, Gutfreund, Sompolinsky 1985',
  run,
};

function run({ seed }: { readonly seed: number }): Outcome {
  const large = LOADS.map((load) => ends(LARGE, load, seed));
  const small = LOADS.map((load) => ends(SMALL, load, seed));
  const at = (load: number) => large[LOADS.indexOf(load)]!.overlap;
  const gain = NEAR.map((load) => large[LOADS.indexOf(load)]!.kept - small[LOADS.indexOf(load)]!.kept);
  const { slope, intercept } = fitLine(NEAR, gain);
  const curve = (all: readonly Ends[], of: keyof Ends) =>
    all.map((end, i) => ({ x: LOADS[i]!, value: end[of] }));
  const both = (of: keyof Ends) => [
    { name: `N = ${LARGE}`, points: curve(large, of) },
    { name: `N = ${SMALL}`, points: curve(small, of) },
  ];
  return {
    checks: [
      check(`overlap at alpha 0.12, N ${LARGE}`, at(0.12), { least: 0.98 }),
      check(`overlap at alpha 0.2, N ${LARGE}`, at(0.2), { most: 0.5 }),
      check('alpha where the larger net begins to keep fewer of its patterns', -intercept / slope, {
        least: 0.13,
        most: 0.15,
      }),
    ],
    figures: [
      linesFigure(
        {
          name: 'hopfield-capacity',
          title: 'The end of Hebb’s memory',
          subtitle: `overlap that a stored pattern ends with, seed ${seed}`,
          description:
            'Final overlap with a stored pattern, and share of patterns kept, over the load, for two sizes.',
        },
        { xName: 'load alpha = P / N', yName: 'overlap', top: 1, lines: both('overlap') },
        { xName: 'load alpha = P / N', yName: 'share kept', top: 1, lines: both('kept') },
      ),
    ],
  };
}

interface Ends {
  /** Mean overlap with a stored pattern of the state that it settles into. */
  readonly overlap: number;
  /** The share of patterns that are kept. */
  readonly kept: number;
}

function ends(units: typeof LARGE | typeof SMALL, load: number, seed: number): Ends {
  const overlaps = Array.from({ length: NETS[units] }, (_, net) => {
    const stream = rng(seed, `hopfield.capacity/${units}/${load}/${net}`);
    const patterns = randomPatterns(Math.round(load * units), units, stream);
    const memory = new SpinMemory({ units, seed });
    for (const pattern of patterns) memory.store(pattern);
    return patterns.slice(0, ASKED).map((pattern) => overlap(memory.complete(pattern).value, pattern));
  }).flat();
  return { overlap: mean(overlaps), kept: mean(overlaps.map((m) => Number(m > KEPT))) };
}
