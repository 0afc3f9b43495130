/** Letters that look alike: Hebb's rule loses them at three, and sleep holds them. */
import { rng } from '../core/rng.ts';
import { overlap } from '../memories/codes.ts';
import { DenseMemory } from '../memories/dense/dense-memory.ts';
import { sleeps } from '../memories/spins/sleep-options.ts';
import { SpinMemory } from '../memories/spins/spin-memory.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { check, type Experiment, type Outcome } from './experiment.ts';
import { LETTER_SIDE, letters } from './letters.ts';
import { flipped, mean } from './sampling.ts';

const UNITS = LETTER_SIDE ** 2;
const COUNTS = [2, 3, 4, 5, 8, 13, 26];
const EPOCHS = 400;
/** Epochs in which the rate falls to a half: letters are so alike that single dreams move them. */
const CALMER = 100;
/** What is stable is told as the mean over so many epochs at the end. */
const LAST = 100;
const CUES = 20;

/** The experiment. */
export const hopfieldLetters: Experiment = {
  id: 'hopfield.letters',
  claim: 'On 8x8 letters Hebb’s rule fails from the third letter on; Daydreaming holds thirteen.',
  source: 'Notes on a lecture on Hopfield networks, where Hebb is said to do; Serricchio et al. 2025',
  run,
};

type Settle = (cue: Float64Array) => Float64Array;

function run({ seed }: { readonly seed: number }): Outcome {
  const rows = COUNTS.map((count) => {
    const patterns = letters.slice(0, count);
    const hebb = new SpinMemory({ units: UNITS, seed });
    const dense = new DenseMemory({ width: UNITS, separation: { exponential: 1 }, seed });
    for (const pattern of patterns) {
      hebb.store(pattern);
      dense.store(pattern);
    }
    const hebbian: Settle = (cue) => hebb.complete(cue).value;
    const before = recalled(patterns, hebbian, seed);
    const { notes } = hebb.sleep({
      ...sleeps.daydream(),
      halving: CALMER * UNITS,
      dreams: EPOCHS * UNITS,
    });
    return {
      count,
      hebb: before,
      dream: recalled(patterns, hebbian, seed),
      dense: recalled(patterns, (cue) => dense.complete(cue).value, seed),
      stable: mean(notes.slice(-LAST).map(({ stable }) => stable)),
    };
  });
  const at = (count: number) => rows.find((row) => row.count === count)!;
  const line = (of: (row: (typeof rows)[number]) => number) =>
    rows.map((row) => ({ x: row.count, value: of(row) }));
  return {
    checks: [
      check('mean overlap of the letters', meanOverlap(), { least: 0.2 }),
      check('letters recalled by Hebb of 2, a tenth of the spins reversed', at(2).hebb, { least: 0.9 }),
      check('of 3', at(3).hebb, { most: 0.5 }),
      check('of 5', at(5).hebb, { most: 0.1 }),
      check('letters stable after Daydreaming of 13', at(13).stable, { least: 0.98 }),
      check('recalled of 5', at(5).dream, { least: 0.9 }),
      check('recalled of 13', at(13).dream, { least: 0.7 }),
      check('recalled by exponential separation of 26', at(26).dense, { least: 0.9 }),
    ],
    figures: [
      linesFigure(
        {
          name: 'hopfield-letters',
          title: 'Letters recalled with a tenth of their spins reversed',
          subtitle: `8 by 8 spins, ${EPOCHS} epochs of Daydreaming, seed ${seed}`,
          description: 'Share of letters that are recalled to the last spin, over how many are stored.',
        },
        {
          xName: 'letters stored',
          yName: 'share recalled',
          top: 1,
          lines: [
            { name: 'Hebb', points: line(({ hebb }) => hebb) },
            { name: 'Daydreaming', points: line(({ dream }) => dream) },
            { name: 'exponential separation', points: line(({ dense }) => dense) },
          ],
        },
      ),
    ],
  };
}

function recalled(patterns: readonly Float64Array[], settle: Settle, seed: number): number {
  const stream = rng(seed, 'hopfield.letters/cues');
  return mean(
    patterns.flatMap((pattern) =>
      Array.from({ length: CUES }, () =>
        Number(overlap(settle(flipped(pattern, 0.1, stream)), pattern) === 1),
      ),
    ),
  );
}

function meanOverlap(): number {
  return mean(letters.flatMap((a, i) => letters.slice(0, i).map((b) => Math.abs(overlap(a, b)))));
}
