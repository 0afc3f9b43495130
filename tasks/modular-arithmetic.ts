/**
 * Modular arithmetic without brackets: see an expression such as `3+4*2-1`, then say what it is modulo 5. Deletang et al.
 * 2023, table 1 (regular languages). An expression of L symbols, L odd, takes T = L+1 steps: digits and operators in
 * turn, and `=`, at which the answer is asked. Products go before sums. Even lengths are made odd by one less, as in
 * the paper's code; lengths are drawn for each expression.
 */
import { z } from 'zod';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { longerStrings } from './formal.ts';
import { count, drawFrom, inOrder } from './ranges.ts';
import { numbered, symbolBatch, unasked } from './symbols.ts';

const MOST = 10_000;
const OPERATORS = ['+', '-', '*'] as const;

const settings = z
  .strictObject({
    minLength: count(1, MOST, 1, 'symbols in the shortest expression'),
    maxLength: count(1, MOST, 40, 'symbols in the longest expression'),
    modulus: count(2, 100, 5, 'what the value is taken modulo, and how many digits there are'),
  })
  .refine(...inOrder('minLength', 'maxLength'));

/** Lengths are uniform in [minLength, maxLength] before they are made odd. */
export interface ModularSettings {
  readonly minLength: number;
  readonly maxLength: number;
  readonly modulus: number;
}

const oddBelow = (length: number) => length - 1 + (length % 2);
const sizesOf = (modulus: number) => ({
  inputSize: modulus + OPERATORS.length + 1,
  outputSize: modulus,
});

/** The modular arithmetic task. */
export const modularArithmetic: Task<ModularSettings> = {
  name: 'modular-arithmetic',
  source: 'Deletang et al. 2023, table 1',
  summary: 'the value of an expression of digits and + - *, modulo a number',
  loss: 'symbol',
  solvedBits: 0.05,
  settings,
  sizes: ({ maxLength, modulus }) => ({ ...sizesOf(modulus), maxLength: oddBelow(maxLength) + 1 }),
  // The sum so far, the product so far and its sign.
  load: () => 3,
  symbols: ({ modulus }) => ({
    inputs: [...numbered(modulus), ...OPERATORS, '='],
    outputs: numbered(modulus),
  }),
  sample,
  harder: (settings) => longerStrings(settings, MOST),
  lines: ({ modulus }) => ({ chance: 100 * (1 - 1 / modulus) }),
};

function sample({ minLength, maxLength, modulus }: ModularSettings, rng: Rng, batchSize: number): Batch {
  const equals = modulus + OPERATORS.length;
  const sequences = Array.from({ length: batchSize }, () => {
    const length = oddBelow(drawFrom(minLength, maxLength, rng));
    const shown = Array.from({ length }, (_, t) =>
      t % 2 === 0 ? rng.integer(modulus) : modulus + rng.integer(OPERATORS.length),
    );
    return { shown: [...shown, equals], asked: [...unasked(length), evaluated(shown, modulus)] };
  });
  return symbolBatch(sequences, sizesOf(modulus));
}

/** The value of digits and operators in turn, read from the left with one product open. */
function evaluated(expression: readonly number[], modulus: number): number {
  let sum = 0;
  let product = expression[0]!;
  for (let t = 1; t < expression.length; t += 2) {
    const operator = OPERATORS[expression[t]! - modulus];
    const digit = expression[t + 1]!;
    if (operator === '*') product = (product * digit) % modulus;
    else {
      sum += product;
      product = operator === '+' ? digit : -digit;
    }
  }
  return (((sum + product) % modulus) + modulus) % modulus;
}
