/**
 * Induction head: random letters, among them once the sign `*`; when it is shown again at the end, say what came after it.
 * Olsson et al. 2022; as a task in Fu et al. 2023 (H3), section 3, with the sizes of Gu and Dao 2024 (Mamba), section 4.1:
 * 16 symbols, length 256 in training, up to 2^20 in test. T = `length`, the last step scored.
 */
import { z } from 'zod';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, grid } from './ranges.ts';
import { numbered, symbolBatch, unasked } from './symbols.ts';

const MOST = 100_000;

const settings = z.strictObject({
  letters: count(2, MOST, 15, 'kinds of letters; the sign comes beside them'),
  length: count(3, MOST, 256, 'steps of a sequence'),
});

/** `length` counts all steps. */
export interface InductionSettings {
  readonly letters: number;
  readonly length: number;
}

const STRETCHES = [0.25, 1, 4, 16];
const sizesOf = (letters: number) => ({ inputSize: letters + 1, outputSize: letters });

/** The induction task. */
export const induction: Task<InductionSettings> = {
  name: 'induction',
  source: 'Fu et al. 2023 (H3), section 3; Gu and Dao 2024, section 4.1',
  summary: 'what came after a sign when it was shown before',
  loss: 'symbol',
  solvedBits: 0.1,
  settings,
  sizes: ({ letters, length }) => ({ ...sizesOf(letters), maxLength: length }),
  load: () => 1,
  symbols: ({ letters }) => ({ inputs: [...numbered(letters), '*'], outputs: numbered(letters) }),
  sample,
  harder: (settings) =>
    grid('length', { from: settings.length, stretches: STRETCHES, least: 3, most: MOST }, (length) => ({
      ...settings,
      length,
    })),
  lines: ({ letters }) => ({ chance: 100 * (1 - 1 / letters) }),
};

function sample({ letters, length }: InductionSettings, rng: Rng, batchSize: number): Batch {
  const sign = letters;
  const sequences = Array.from({ length: batchSize }, () => {
    const shown = Array.from({ length }, () => rng.integer(letters));
    // The letter behind it is shown before the sign comes again.
    const at = rng.integer(length - 2);
    shown[at] = sign;
    shown[length - 1] = sign;
    return { shown, asked: [...unasked(length - 1), shown[at + 1]!] };
  });
  return symbolBatch(sequences, sizesOf(letters));
}
