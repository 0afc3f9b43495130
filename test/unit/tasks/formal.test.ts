/** Tasks over formal languages: a plain decoder that reads what is shown gives what is asked. */
import { describe, expect, it } from 'vitest';
import { rng } from '../../../src/core/rng.ts';
import {
  duplicateString,
  dyck,
  modularArithmetic,
  parity,
  reverseString,
  wordProblem,
} from '../../../tasks/index.ts';
import { channel, sequencesOf, steps, symbols } from './read.ts';

const shownNames = <C>(
  task: { symbols?(settings: C): { inputs: readonly string[]; outputs: readonly string[] } },
  settings: C,
) => task.symbols!(settings);

describe('parity', () => {
  it('asks at ? whether the ones before it are odd', () => {
    const settings = { minLength: 1, maxLength: 12 };
    const answers = new Set<number>();
    for (const { shown, asked } of sequencesOf(parity.sample(settings, rng(1, 'data'), 200))) {
      const question = shown.indexOf(2);
      const odd = shown.slice(0, question).filter((bit) => bit === 1).length % 2;
      expect(asked.map((answer) => answer ?? '.').join('')).toBe(
        `${'.'.repeat(question)}${odd}${'.'.repeat(shown.length - question - 1)}`,
      );
      answers.add(odd);
    }
    expect(answers).toEqual(new Set([0, 1]));
  });
});

describe('modular arithmetic', () => {
  it('asks at = for the value, products first, by a reading of its own', () => {
    const settings = { minLength: 1, maxLength: 15, modulus: 5 };
    const names = shownNames(modularArithmetic, settings);
    for (const { shown, asked } of sequencesOf(modularArithmetic.sample(settings, rng(2, 'data'), 300))) {
      const text = shown.map((symbol) => (symbol < 0 ? '' : names.inputs[symbol]!)).join('');
      const [expression = ''] = text.split('=');
      // Sums of products, as they are taught in school.
      const value = expression
        .replaceAll('-', '+-')
        .split('+')
        .filter((term) => term !== '')
        .map((term) =>
          term
            .split('*')
            .map(Number)
            .reduce((product, factor) => product * factor, 1),
        )
        .reduce((sum, term) => sum + term, 0);
      expect(asked[expression.length]).toBe(((value % 5) + 5) % 5);
      expect(asked.filter((answer) => answer !== undefined)).toHaveLength(1);
    }
  });

  it('takes the examples of the paper', () => {
    // 1 + 2 * 3 = 2, 1 - 1 - 1 = 4 and 0 * 1 + 4 * 3 - 2 = 0, modulo 5.
    const names = shownNames(modularArithmetic, modularArithmetic.settings.parse({})).inputs;
    expect(names.join('')).toBe('01234+-*=');
  });
});

describe('strings', () => {
  const settings = { minLength: 1, maxLength: 9, letters: 3 };
  it.each([
    [duplicateString, (string: readonly number[]) => [...string, ...string]],
    [reverseString, (string: readonly number[]) => [...string].reverse()],
  ] as const)('are answered while blanks are shown', (task, expected) => {
    for (const { shown, asked } of sequencesOf(task.sample(settings, rng(3, 'data'), 100))) {
      const length = shown.indexOf(3);
      const answer = expected(shown.slice(0, length));
      expect(asked.slice(0, length)).toEqual(new Array(length).fill(undefined));
      expect(asked.slice(length, length + answer.length)).toEqual(answer);
      expect(shown.slice(length, length + answer.length).every((symbol) => symbol === 3)).toBe(true);
      expect(shown.slice(length + answer.length).every((symbol) => symbol === -1)).toBe(true);
    }
  });

  it('are tested on the lengths of the paper, and on all from 41 to 500', () => {
    const rows = duplicateString.harder(duplicateString.settings.parse({}));
    expect(Object.keys(rows)).toEqual([
      'length 40',
      'length 80',
      'length 200',
      'length 500',
      'lengths 41 to 500',
    ]);
    expect(rows['lengths 41 to 500']).toMatchObject({ minLength: 41, maxLength: 500 });
  });
});

describe('the word problem', () => {
  it.each([
    ['S3', 6, 3],
    ['A5', 60, 5],
    ['S5', 120, 5],
  ] as const)('of %s: %i permutations, multiplied point by point', (group, size, points) => {
    const settings = { group, length: 20 };
    const { inputs, outputs } = shownNames(wordProblem, settings);
    expect(inputs).toEqual(outputs);
    expect(new Set(inputs).size).toBe(size);
    for (const { shown, asked } of sequencesOf(wordProblem.sample(settings, rng(4, 'data'), 10))) {
      // Where the product so far takes each point; a new element acts before it.
      let product = Array.from({ length: points }, (_, point) => point + 1);
      shown.forEach((symbol, t) => {
        const element = [...inputs[symbol]!].map(Number);
        product = element.map((point) => product[point - 1]!);
        expect(outputs[asked[t]!]).toBe(product.join(''));
      });
    }
  });

  it('of A5 has even permutations only: products of two swaps, never one swap', () => {
    const { inputs } = shownNames(wordProblem, { group: 'A5', length: 1 });
    expect(inputs).toContain('21435');
    expect(inputs).not.toContain('21345');
  });
});

describe('dyck', () => {
  it('asks which bracket may close next, by a stack', () => {
    const settings = { kinds: 3, minLength: 2, maxLength: 21, maxDepth: 4 };
    const batch = dyck.sample(settings, rng(5, 'data'), 100);
    let deepest = 0;
    for (let b = 0; b < batch.batchSize; b++) {
      const stack: number[] = [];
      for (const { input, target, scored } of steps(batch, b)) {
        const symbol = channel(input);
        if (symbol < 0) {
          expect(scored).toBe(false);
          continue;
        }
        if (symbol < 3) stack.push(symbol);
        else expect(stack.pop()).toBe(symbol - 3);
        deepest = Math.max(deepest, stack.length);
        expect(scored).toBe(true);
        expect(channel(target)).toBe(stack.at(-1) ?? 3);
      }
      expect(stack).toEqual([]);
    }
    expect(deepest).toBe(4);
  });

  it('draws all even lengths of its range', () => {
    const settings = { kinds: 1, minLength: 3, maxLength: 8, maxDepth: 9 };
    const batch = dyck.sample(settings, rng(6, 'data'), 200);
    const lengths = new Set(
      Array.from({ length: 200 }, (_, b) => symbols(batch, b).shown.filter((symbol) => symbol >= 0).length),
    );
    expect(lengths).toEqual(new Set([4, 6, 8]));
  });
});
