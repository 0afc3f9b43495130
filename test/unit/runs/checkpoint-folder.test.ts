/** How large a model may be for its checkpoints to be read again. */
import { expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { checkStorable } from '../../../src/runs/checkpoint-folder.ts';

it.each([
  ['weights of nearly a gibibyte', 2 ** 28 - 2 ** 20, 0],
  ["weights of half a gibibyte, and Adam's two moments of them", 2 ** 27 - 2 ** 20, 2],
])('%s are written', (_, parameters, vectors) => {
  expect(() => checkStorable(parameters, vectors)).not.toThrow();
});

it.each([
  ['weights of a gibibyte', 2 ** 28, 1],
  ["weights of half a gibibyte, and Adam's two moments of them", 2 ** 27, 2],
])('%s, with a header, are refused before they are trained', (_, parameters, vectors) => {
  expect(() => checkStorable(parameters, vectors)).toThrow(UsageError);
  expect(() => checkStorable(parameters, vectors)).toThrow(
    new RegExp(
      `^expected at most \\d+ parameters with this optimizer, got ${parameters}: .* at most 1073741824 bytes; lower`,
    ),
  );
});
