/** Nearest neighbors by a tag of four: the fly's hash against random projections of the same length. */
import { type Rng, rng } from '../core/rng.ts';
import { FlyHash } from '../memories/fly/fly-hash.ts';
import { TagIndex } from '../memories/fly/tag-index.ts';
import { winners } from '../memories/winners.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { normalizedDigits, squaredDistances } from './digits.ts';
import { check, type Data, type Experiment, type Outcome } from './experiment.ts';
import { mean } from './sampling.ts';

const IMAGES = 10_000;
const QUERIES = 100;
/** The true neighbors: two in a hundred. */
const NEIGHBORS = IMAGES / 50;
const LENGTHS = [4, 16];
/** A few projections are good or bad by luck: so many draws of them are averaged. */
const DRAWS = 5;

/** The experiment. */
export const flyMap: Experiment = {
  id: 'fly.map',
  claim:
    'With four winners of ten times as many cells as inputs, the fly’s tags find near digits more than twice as precisely as four random projections.',
  source: 'Dasgupta, Stevens, Navlakha, Science 358:793 (2017), figure 3',
  run,
};

async function run({ seed, data }: { readonly seed: number; readonly data: Data }): Promise<Outcome> {
  const images = normalizedDigits(await data.digits(), IMAGES);
  const stream = rng(seed, 'fly.map');
  const queries = Array.from({ length: QUERIES }, () => stream.integer(IMAGES));
  const truth = queries.map((query) => nearestBut(query, squaredDistances(images, images[query]!)));
  const rows = LENGTHS.map((length) => ({
    length,
    fly: precision(queries, truth, flyNeighbors(images, length, seed)),
    projections: mean(
      Array.from({ length: DRAWS }, () =>
        precision(queries, truth, projectionNeighbors(images, length, stream)),
      ),
    ),
  }));
  const first = rows[0]!;
  return {
    checks: [
      check('precision of the fly’s tags of 4', first.fly, { least: 0.4, most: 0.48 }),
      check('precision of 4 projections', first.projections, { least: 0.12, most: 0.2 }),
      check('the one over the other', first.fly / first.projections, { least: 2.2 }),
      check('precision of tags of 16 over that of 16 projections', rows[1]!.fly / rows[1]!.projections, {
        least: 1,
      }),
    ],
    figures: [
      linesFigure(
        {
          name: 'fly-map',
          title: 'Near digits found by short tags',
          subtitle: `${IMAGES} images of MNIST, ${QUERIES} queries, seed ${seed}`,
          description:
            'Mean average precision over the length of the tag, for the fly’s hash and random projections.',
        },
        {
          xName: 'length of the tag',
          yName: 'mean average precision',
          top: 1,
          lines: [
            { name: 'fly', points: rows.map(({ length, fly }) => ({ x: length, value: fly })) },
            {
              name: 'random projections',
              points: rows.map((row) => ({ x: row.length, value: row.projections })),
            },
          ],
        },
      ),
    ],
  };
}

/** The items nearest to a query, without itself, the nearest first. */
function nearestBut(query: number, distances: Float64Array): number[] {
  const near = winners(
    distances.map((distance) => -distance),
    NEIGHBORS + 1,
  );
  return [...near]
    .filter((item) => item !== query)
    .sort((a, b) => distances[a]! - distances[b]!)
    .slice(0, NEIGHBORS);
}

type Neighbors = (query: number) => readonly number[];

function flyNeighbors(images: readonly Float64Array[], length: number, seed: number): Neighbors {
  const hash = new FlyHash({ inputs: images[0]!.length, winners: length, seed });
  const tags = images.map((image) => hash.encode(image));
  const index = new TagIndex(hash.settings.units);
  for (const tag of tags) index.store(tag);
  return (query) =>
    index
      .nearest(tags[query]!, NEIGHBORS + 1)
      .map(({ item }) => item)
      .filter((item) => item !== query)
      .slice(0, NEIGHBORS);
}

/** Locality-sensitive hashing: as many sums with normal weights. */
function projectionNeighbors(images: readonly Float64Array[], length: number, stream: Rng): Neighbors {
  const axes = Array.from({ length }, () => images[0]!.map(() => stream.normal()));
  const points = images.map((image) =>
    Float64Array.from(axes, (axis) => image.reduce((sum, value, i) => sum + value * axis[i]!, 0)),
  );
  return (query) => nearestBut(query, squaredDistances(points, points[query]!));
}

/**
 * Mean average precision as it gives the paper's numbers: of the returned, the precision at each true neighbor, averaged
 * over those that were found. Averaged over all true neighbors it is far lower, for both alike.
 */
function precision(
  queries: readonly number[],
  truth: readonly (readonly number[])[],
  neighbors: Neighbors,
): number {
  return mean(
    queries.map((query, i) => {
      const wanted = new Set(truth[i]);
      let [hits, sum] = [0, 0];
      neighbors(query).forEach((item, rank) => {
        if (!wanted.has(item)) return;
        hits++;
        sum += hits / (rank + 1);
      });
      return hits === 0 ? 0 : sum / hits;
    }),
  );
}
