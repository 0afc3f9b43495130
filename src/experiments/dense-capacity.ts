/** How many patterns N units hold when overlaps are told apart by a power, and by an exponential. */
import { rng } from '../core/rng.ts';
import { DenseMemory, type DenseMemoryOptions } from '../memories/dense/dense-memory.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { check, type Experiment, type Outcome } from './experiment.ts';
import { flipped, mean, randomPatterns } from './sampling.ts';

const UNITS = 64;
const ASKED = 60;
const NETS = 3;
/** Doubled from row to row, by halves of an octave, around the law. */
const COUNTS = [
  4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1024, 1448, 2048, 2896, 4096,
];

/** The experiment. */
export const denseCapacity: Experiment = {
  id: 'dense.capacity',
  claim:
    'A power n of the overlaps holds about N^(n-1) / (2 (2n-3)!! ln N) patterns without an error; the softmax of all overlaps many more.',
  source: 'Krotov and Hopfield 2016, eq. 6; Ramsauer et al. 2020',
  run,
};

function run({ seed }: { readonly seed: number }): Outcome {
  const curves = [2, 3, 4].map((power) => {
    const law = UNITS ** (power - 1) / (2 * doubleFactorial(2 * power - 3) * Math.log(UNITS));
    const points = COUNTS.filter((count) => count > law / 6 && count < 3.5 * law).map((count) => ({
      x: count,
      value: exactRecall({ power }, count, seed),
    }));
    return { power, law, points, knee: knee(points) };
  });
  const many = 8192;
  const soft = softmaxRecall(many, 0.1, seed);
  return {
    checks: [
      ...curves.map(({ power, law, knee: found }) =>
        check(`patterns held by power ${power} over the law’s ${Math.round(law)}`, found / law, {
          least: 0.5,
          most: 2,
        }),
      ),
      check(`recalled of ${many} by the softmax, a tenth of the spins reversed`, soft, { least: 0.99 }),
      check(
        'and two fifths reversed, where another pattern is often nearer',
        softmaxRecall(many, 0.4, seed),
        {
          most: 0.5,
        },
      ),
    ],
    figures: [
      linesFigure(
        {
          name: 'dense-capacity',
          title: 'Patterns that 64 spins hold',
          subtitle: `recalled to the last spin with a tenth of them reversed, seed ${seed}`,
          description:
            'Share of patterns recalled exactly over how many are stored, for the powers 2, 3 and 4.',
        },
        {
          xName: 'patterns stored',
          yName: 'share recalled',
          top: 1,
          logX: true,
          lines: curves.map(({ power, law, points }) => ({
            name: `power ${power}: the law says ${Math.round(law)}`,
            points,
          })),
        },
      ),
    ],
  };
}

/** 1 * 3 * 5 ... n */
function doubleFactorial(n: number): number {
  return n <= 1 ? 1 : n * doubleFactorial(n - 2);
}

/** Where the recall falls under nine in ten, between the counts that were tried. */
function knee(points: readonly { readonly x: number; readonly value: number }[]): number {
  const at = points.findIndex(({ value }) => value < 0.9);
  if (at < 0) return Number.POSITIVE_INFINITY;
  if (at === 0) return 0;
  const [above, below] = [points[at - 1]!, points[at]!];
  return above.x + ((above.value - 0.9) / (above.value - below.value)) * (below.x - above.x);
}

function filled(separation: DenseMemoryOptions['separation'], count: number, name: string, seed: number) {
  const stream = rng(seed, `dense.capacity/${name}/${count}`);
  const memory = new DenseMemory({ width: UNITS, separation, seed });
  const patterns = randomPatterns(count, UNITS, stream);
  for (const pattern of patterns) memory.store(pattern);
  return { memory, patterns: patterns.slice(0, ASKED), stream };
}

function exactRecall(separation: { readonly power: number }, count: number, seed: number): number {
  return mean(
    Array.from({ length: NETS }, (_, net) => {
      const { memory, patterns, stream } = filled(separation, count, `${separation.power}/${net}`, seed);
      return mean(
        patterns.map((pattern) => {
          const { value } = memory.complete(flipped(pattern, 0.1, stream));
          return Number(value.every((spin, i) => spin === pattern[i]));
        }),
      );
    }),
  );
}

/** One update by the softmax at beta 1, rounded to spins. */
function softmaxRecall(count: number, share: number, seed: number): number {
  const { memory, patterns, stream } = filled({ beta: 1 }, count, `softmax/${share}`, seed);
  return mean(
    patterns.map((pattern) => {
      const { value } = memory.recall(flipped(pattern, share, stream));
      return Number(value.every((number, i) => Math.sign(number) === pattern[i]));
    }),
  );
}
