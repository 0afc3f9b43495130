/**
 * The synapses of one neuron, drawn when they are first asked for: each of the targets with probability p, by the lengths
 * of the gaps between them, which are geometric. A row depends on the key and the number of its neuron alone, so that the
 * random graph G(n,p) is exact and the same in whatever order its neurons fire (Batagelj and Brandes 2005 for the gaps).
 */

/** Two whole numbers of 32 bits that name a bundle of synapses. */
export type SynapseKey = readonly [number, number];

/** Gaps that one table covers; where a gap is longer, what is left of it is distributed as it was. */
const LONGEST_TABLE = 1024;
const GUIDES = 1024;
const WARM_UP = 12;
const UNIT = 2 ** -32;

/**
 * Draws the targets of a source, ascending.
 * @param probability p in (0,1], met to 2^-32
 */
export function synapseSampler(
  key: SynapseKey,
  targets: number,
  probability: number,
): (source: number) => Uint32Array {
  const { cumulative, guide } = gapTable(probability);
  const covered = cumulative.length;
  const room = new Uint32Array(targets);
  return (source) => {
    const next = sfc32(key[0], key[1], source);
    let [count, at] = [0, -1];
    for (;;) {
      const u = next();
      let gap = guide[u >>> 22]!;
      const share = u * UNIT;
      while (gap < covered && share >= cumulative[gap]!) gap++;
      at += gap;
      if (gap === covered) {
        if (at >= targets) break;
        continue;
      }
      if (++at >= targets) break;
      room[count++] = at;
    }
    return room.slice(0, count);
  };
}

/** P(gap <= g) = 1 - (1-p)^(g+1), and for each start of u the first gap that it can be. */
function gapTable(probability: number) {
  const covered = Math.min(LONGEST_TABLE, Math.ceil(3 / probability));
  const cumulative = Float64Array.from(
    { length: covered },
    (_, gap) => -Math.expm1((gap + 1) * Math.log1p(-probability)),
  );
  const guide = new Uint16Array(GUIDES);
  for (let start = 0, gap = 0; start < GUIDES; start++) {
    while (gap < covered && start / GUIDES >= cumulative[gap]!) gap++;
    guide[start] = gap;
  }
  return { cumulative, guide };
}

/** Chris Doty-Humphrey's small fast counting generator: 128 bits of state, so that rows do not run into each other. */
function sfc32(first: number, second: number, third: number): () => number {
  let [a, b, c, counter] = [first | 0, second | 0, third | 0, 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < WARM_UP; i++) next();
  return next;
}

/** A number of 32 bits well mixed (Steele, Lea, Flood 2014, in the 32-bit form of MurmurHash3's last step). */
export function mixed(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
