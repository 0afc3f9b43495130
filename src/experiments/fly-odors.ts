/** What smells alike has tags alike: the fly's random expansion keeps similarity, as far as the tags' chance overlap. */
import { rng } from '../core/rng.ts';
import { tagOverlap } from '../memories/codes.ts';
import { FlyHash } from '../memories/fly/fly-hash.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { check, type Experiment, type Outcome } from './experiment.ts';
import { correlation, mean } from './sampling.ts';

const INPUTS = 50;
const UNITS = 2000;
const WINNERS = 100;
const ODORS = 150;
/** Shares of another odor that are mixed in. */
const MIXED = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 1];

/** The experiment. */
export const flyOdors: Experiment = {
  id: 'fly.odors',
  claim:
    'Tags of 2000 cells, of which 6 of 50 inputs decide each and the top 5% fire, overlap the more the more alike two odors are, and by chance where they have nothing in common.',
  source: 'Dasgupta, Stevens, Navlakha, Science 358:793 (2017); Caron et al. 2013',
  run,
};

function run({ seed }: { readonly seed: number }): Outcome {
  const stream = rng(seed, 'fly.odors');
  const hash = new FlyHash({ inputs: INPUTS, units: UNITS, samples: 6, winners: WINNERS, seed });
  const odor = () => Float64Array.from({ length: INPUTS }, () => -Math.log(1 - stream.uniform()));
  const pairs = Array.from({ length: ODORS }, () => [odor(), odor()] as const);
  const rows = MIXED.map((share) => {
    const alike = pairs.map(([a, b]) => {
      const mixed = a.map((value, i) => (1 - share) * value + share * b[i]!);
      return { cosine: cosine(a, mixed), tags: tagOverlap(hash.encode(a), hash.encode(mixed)) };
    });
    return {
      cosine: mean(alike.map(({ cosine: c }) => c)),
      tags: mean(alike.map(({ tags }) => tags)),
      alike,
    };
  });
  const all = rows.flatMap(({ alike }) => alike);
  const others = pairs.map(([a, b]) => {
    const other = new FlyHash({ ...hash.settings, seed: seed + 1 });
    return tagOverlap(hash.encode(a), other.encode(b));
  });
  return {
    checks: [
      check('overlap of an odor with itself', rows[0]!.tags, { least: 1 }),
      check(
        'mixtures that overlap no less than a purer one',
        rows.filter((row, i) => i > 0 && row.tags >= rows[i - 1]!.tags).length,
        { most: 0 },
      ),
      check('overlap by chance, in different individuals', mean(others), { least: 0.045, most: 0.055 }),
      check(
        'correlation of likeness and overlap',
        correlation(
          all.map(({ cosine: c }) => c),
          all.map(({ tags }) => tags),
        ),
        { least: 0.8 },
      ),
    ],
    figures: [
      linesFigure(
        {
          name: 'fly-odors',
          title: 'Odors that are alike have tags that overlap',
          subtitle: `${INPUTS} inputs, ${UNITS} cells, ${WINNERS} winners, seed ${seed}`,
          description: 'Overlap of tags over the cosine of odors.',
        },
        {
          xName: 'cosine of two odors',
          yName: 'share of winners in common',
          top: 1,
          levels: [{ name: 'chance', value: WINNERS / UNITS }],
          lines: [
            {
              name: 'tags',
              points: rows.map((row) => ({ x: row.cosine, value: row.tags })).sort((a, b) => a.x - b.x),
            },
          ],
        },
      ),
    ],
  };
}

function cosine(a: Float64Array, b: Float64Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
