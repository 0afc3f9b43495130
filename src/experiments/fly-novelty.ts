/** The fly's filter tells how new a digit is, forgets what it met long ago, and habituates as fast as the fly does. */
import { rng } from '../core/rng.ts';
import { FlyFilter } from '../memories/fly/fly-filter.ts';
import { FlyHash } from '../memories/fly/fly-hash.ts';
import { linesFigure } from '../report/lines-figure.ts';
import { normalizedDigits, squaredDistances } from './digits.ts';
import { check, type Data, type Experiment, type Outcome } from './experiment.ts';
import { correlation } from './sampling.ts';

const MET = 400;
const CELLS = 30 * MET;
const LENGTHS = [5, 20, 50];
const EXPOSURES = 8;
/** What an exposure leaves of a weight, and what time gives back. */
const DELTA = 0.4;
const EPSILON = 0.01;

/** The experiment. */
export const flyNovelty: Experiment = {
  id: 'fly.novelty',
  claim:
    'The filter’s novelty goes with the distance to the nearest digit that was met; it falls by half at the second exposure and by four fifths at the third, for that smell alone, and comes back with time.',
  source: 'Dasgupta, Sheehan, Stevens, Navlakha, PNAS 115:13093 (2018); Hattori et al., Cell 169:956 (2017)',
  run,
};

async function run({ seed, data }: { readonly seed: number; readonly data: Data }): Promise<Outcome> {
  const digits = await data.digits();
  const stream = rng(seed, 'fly.novelty');
  const from = stream.integer(Math.floor(digits.count / MET)) * MET;
  const images = normalizedDigits(digits, from + MET).slice(from);
  const truth = images.map((image, at) =>
    at === 0 ? Number.NaN : Math.sqrt(Math.min(...squaredDistances(images.slice(0, at), image))),
  );
  const told = LENGTHS.map((length) => {
    const hash = hashOf(images[0]!.length, length, seed);
    const filter = new FlyFilter({ units: CELLS });
    const novelty = images.map((image) => {
      const tag = hash.encode(image);
      const value = filter.novelty(tag);
      filter.store(tag);
      return value;
    });
    return { length, r: correlation(truth.slice(1), novelty.slice(1)) };
  });
  const { exposed, other, rested } = habituation(images, seed);
  return {
    checks: [
      ...told
        .filter(({ length }) => length === 20)
        .map(({ r }) => check('correlation of novelty and distance, 20 winners', r, { least: 0.45 })),
      check('novelty at the second exposure', exposed[1]!, { most: 0.5 }),
      check('at the third', exposed[2]!, { most: 0.2 }),
      check('of another digit after that', other, { least: 0.8 }),
      check('of the first after 100 steps of rest', rested, { least: 0.99 }),
    ],
    figures: [
      linesFigure(
        {
          name: 'fly-novelty',
          title: 'Habituation to one digit',
          subtitle: `delta ${DELTA}, ${CELLS} cells, seed ${seed}`,
          description: 'Novelty of a digit over how often it was met before.',
        },
        {
          xName: 'exposures before',
          yName: 'novelty',
          top: 1,
          levels: [{ name: 'another digit', value: other }],
          lines: [{ name: 'the same digit', points: exposed.map((value, x) => ({ x, value })) }],
        },
      ),
    ],
  };
}

function hashOf(inputs: number, length: number, seed: number): FlyHash {
  return new FlyHash({ inputs, units: CELLS, winners: length, rates: false, seed });
}

/** One digit again and again, then another, then rest. */
function habituation(images: readonly Float64Array[], seed: number) {
  const hash = hashOf(images[0]!.length, 20, seed);
  const filter = new FlyFilter({ units: CELLS, delta: DELTA, epsilon: EPSILON });
  const [tag, another] = [hash.encode(images[0]!), hash.encode(farthest(images))];
  const exposed = Array.from({ length: EXPOSURES }, () => {
    const novelty = filter.novelty(tag);
    filter.store(tag);
    return novelty;
  });
  const other = filter.novelty(another);
  filter.tick(100);
  return { exposed, other, rested: filter.novelty(tag) };
}

/** The image that is least like the first. */
function farthest(images: readonly Float64Array[]): Float64Array {
  const distances = squaredDistances(images, images[0]!);
  return images[distances.indexOf(distances.reduce((a, b) => Math.max(a, b)))]!;
}
