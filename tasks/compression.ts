/**
 * Compression: random letters and a sign that ends them; then, asked for its place, give back each of them. Poli et al. 2024
 * (MAD), appendix B: 31 letters of 15 kinds. MAD decodes all letters from the one vector that the model gives at the sign,
 * by a network of its own; here the model goes on and is asked for the places in random order, so that what must hold
 * all of it is the state. L letters take T = 2L+1 steps. Input channels: letters, sign, places.
 */
import { z } from 'zod';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, drawDistinct } from './ranges.ts';
import { numbered, symbolBatch, unasked } from './symbols.ts';

const settings = z.strictObject({
  letters: count(2, 10_000, 15, 'kinds of letters'),
  length: count(1, 10_000, 31, 'letters of a sequence'),
});

/** `length` counts letters. */
export interface CompressionSettings {
  readonly letters: number;
  readonly length: number;
}

const sizesOf = ({ letters, length }: CompressionSettings) => ({
  inputSize: letters + 1 + length,
  outputSize: letters,
});

/** The compression task. */
export const compression: Task<CompressionSettings> = {
  name: 'compression',
  source: 'Poli et al. 2024 (MAD), appendix B',
  summary: 'give back the letters of a sequence by their places',
  loss: 'symbol',
  solvedBits: 0.1,
  settings,
  sizes: (settings) => ({ ...sizesOf(settings), maxLength: 2 * settings.length + 1 }),
  load: ({ length }) => length,
  symbols: ({ letters, length }) => ({
    inputs: [...numbered(letters), '>', ...numbered(length, 'place ')],
    outputs: numbered(letters),
  }),
  sample,
  // Places have channels of their own: a model that was trained on some cannot be asked for more.
  harder: (settings) => ({ 'as trained': settings }),
  lines: ({ letters }) => ({ chance: 100 * (1 - 1 / letters) }),
};

function sample(settings: CompressionSettings, rng: Rng, batchSize: number): Batch {
  const { letters, length } = settings;
  const sequences = Array.from({ length: batchSize }, () => {
    const string = Array.from({ length }, () => rng.integer(letters));
    const places = drawDistinct(length, length, rng);
    return {
      shown: [...string, letters, ...places.map((place) => letters + 1 + place)],
      asked: [...unasked(length + 1), ...places.map((place) => string[place]!)],
    };
  });
  return symbolBatch(sequences, sizesOf(settings));
}
