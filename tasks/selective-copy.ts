/**
 * Selective copy: letters scattered among blanks, then `>`; give back the letters in their order. Gu and Dao 2024 (Mamba),
 * section 4.1, with the sizes of Poli et al. 2024 (MAD), appendix B: 16 letters in 256 steps, 14 kinds of letters.
 * T = `length`: what is shown, `>` and as many blanks as there are letters, on which the answers are scored.
 * Every placing is alike likely; MAD's code never puts a blank behind the last letter.
 */
import { z } from 'zod';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, drawDistinct, grid } from './ranges.ts';
import { numbered, symbolBatch, unasked } from './symbols.ts';

const MOST = 100_000;

const settings = z
  .strictObject({
    letters: count(2, MOST, 14, 'kinds of letters; blank and > come beside them'),
    count: count(1, MOST, 16, 'letters to give back'),
    length: count(3, MOST, 256, 'steps of a sequence, the answer included'),
  })
  .refine(({ count, length }) => 2 * count + 1 <= length, {
    path: ['length'],
    error: ({ input }) => {
      const { count, length } = input as SelectiveCopySettings;
      return `expected at least ${2 * count + 1} steps to show and give back ${count} letters, got ${length}; raise length or lower count`;
    },
  });

/** `length` counts all steps. */
export interface SelectiveCopySettings {
  readonly letters: number;
  readonly count: number;
  readonly length: number;
}

const STRETCHES = [1, 2, 4];
const sizesOf = (letters: number) => ({ inputSize: letters + 2, outputSize: letters });

/** The selective copy task. */
export const selectiveCopy: Task<SelectiveCopySettings> = {
  name: 'selective-copy',
  source: 'Gu and Dao 2024, section 4.1; Poli et al. 2024 (MAD), appendix B',
  summary: 'give back the letters that were scattered among blanks',
  loss: 'symbol',
  solvedBits: 0.1,
  settings,
  sizes: ({ letters, length }) => ({ ...sizesOf(letters), maxLength: length }),
  load: ({ count }) => count,
  symbols: ({ letters }) => ({ inputs: [...numbered(letters), '_', '>'], outputs: numbered(letters) }),
  sample,
  harder: (settings) =>
    grid('length', { from: settings.length, stretches: STRETCHES, most: MOST }, (length) => ({
      ...settings,
      length,
    })),
  lines: ({ letters }) => ({ chance: 100 * (1 - 1 / letters) }),
};

function sample({ letters, count, length }: SelectiveCopySettings, rng: Rng, batchSize: number): Batch {
  const [blank, go] = [letters, letters + 1];
  const room = length - count - 1;
  const sequences = Array.from({ length: batchSize }, () => {
    const string = Array.from({ length: count }, () => rng.integer(letters));
    const shown = new Array<number>(length).fill(blank);
    const places = drawDistinct(count, room, rng).sort((a, b) => a - b);
    places.forEach((place, i) => {
      shown[place] = string[i]!;
    });
    shown[room] = go;
    return { shown, asked: [...unasked(room + 1), ...string] };
  });
  return symbolBatch(sequences, sizesOf(letters));
}
