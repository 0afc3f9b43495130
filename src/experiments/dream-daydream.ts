/** Daydreaming at a load that Hebb's rule cannot hold: all patterns stable, wide basins, and more of it never harms. */
import { rng } from '../core/rng.ts';
import { overlap } from '../memories/codes.ts';
import { type SleepReport, sleeps } from '../memories/spins/sleep-options.ts';
import { SpinMemory } from '../memories/spins/spin-memory.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { check, type Experiment, type Outcome } from './experiment.ts';
import { flipped, mean, randomPatterns } from './sampling.ts';

const UNITS = 100;
const COUNT = 60;
const EPOCHS = 400;
const MORE = 200;
/** Dreams keep couplings moving, and now and then one unit of a pattern falls over: the mean of so many epochs counts. */
const LAST = 100;
const FLIPS = [0, 0.05, 0.1, 0.15, 0.2, 0.3];
const CUES = 5;

/** The experiment. */
export const dreamDaydream: Experiment = {
  id: 'dream.daydream',
  claim:
    'Daydreaming makes all of 0.6 N patterns stable with basins no smaller than those of the pseudo-inverse, and more of it destroys nothing.',
  source: 'Serricchio, Bocchi, Chilin, Marino, Negri, Cammarota, Ricci-Tersenghi 2025',
  run,
};

function run({ seed }: { readonly seed: number }): Outcome {
  const patterns = randomPatterns(COUNT, UNITS, rng(seed, 'dream.daydream'));
  const hold = (rule: 'hebb' | 'pseudo-inverse') => {
    const memory = new SpinMemory({ units: UNITS, rule, seed });
    for (const pattern of patterns) memory.store(pattern);
    return memory;
  };
  const dreaming = hold('hebb');
  const hebb = basins(dreaming, patterns, seed);
  const first = dreaming.sleep({ ...sleeps.daydream(), dreams: EPOCHS * UNITS });
  const after = basins(dreaming, patterns, seed);
  const second = dreaming.sleep({ ...sleeps.daydream(), dreams: MORE * UNITS });
  const later = basins(dreaming, patterns, seed);
  const inverse = basins(hold('pseudo-inverse'), patterns, seed);
  const at = (curve: readonly number[], share: number) => curve[FLIPS.indexOf(share)]!;
  const points = (curve: readonly number[]) => curve.map((value, i) => ({ x: FLIPS[i]!, value }));
  return {
    checks: [
      check(`stable, mean of epochs ${EPOCHS - LAST} to ${EPOCHS}`, stableShare(first), { least: 0.985 }),
      check(`change of it by ${MORE} epochs more`, stableShare(second) - stableShare(first), {
        least: -0.005,
      }),
      check('overlap from a tenth reversed', at(after, 0.1), { least: 0.7 }),
      check('the same less that of the pseudo-inverse', at(after, 0.1) - at(inverse, 0.1), { least: 0 }),
      check(`change of that by ${MORE} epochs more`, at(later, 0.1) - at(after, 0.1), { least: -0.03 }),
    ],
    figures: [
      linesFigure(
        {
          name: 'dream-daydream',
          title: 'Basins at 0.6 patterns for each unit',
          subtitle: `${UNITS} units, ${COUNT} patterns, ${EPOCHS} epochs of Daydreaming, seed ${seed}`,
          description: 'Overlap that recall ends with over the share of spins that were reversed.',
        },
        {
          xName: 'share of spins reversed',
          yName: 'overlap in the end',
          top: 1,
          lines: [
            { name: 'Daydreaming', points: points(after) },
            { name: 'pseudo-inverse', points: points(inverse) },
            { name: 'Hebb', points: points(hebb) },
          ],
        },
      ),
    ],
  };
}

/** The share of patterns that are stable, mean over the last epochs of a sleep. */
function stableShare({ notes }: SleepReport): number {
  return mean(notes.slice(-LAST).map(({ stable }) => stable));
}

function basins(memory: SpinMemory, patterns: readonly Float64Array[], seed: number): number[] {
  const stream = rng(seed, 'dream.daydream/cues');
  return FLIPS.map((share) =>
    mean(
      patterns.flatMap((pattern) =>
        Array.from({ length: CUES }, () =>
          overlap(memory.complete(flipped(pattern, share, stream)).value, pattern),
        ),
      ),
    ),
  );
}
