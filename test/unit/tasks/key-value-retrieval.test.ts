/** Key-value retrieval: strings as the paper writes them, and reference lines by brute force. */
import { describe, expect, it } from 'vitest';
import { rng } from '../../../src/core/rng.ts';
import { keyValueRetrieval } from '../../../tasks/index.ts';
import { answer, rows, scripted, text } from './batches.ts';

describe('key-value retrieval', () => {
  it('writes the string of the paper and asks for its digit at the last step only', () => {
    // c9k8j3f1??c: letters by shuffle (c=2 of 26; k=10, at 9 of 25; j=9, at 7 of 24; f=5, at 2 of 23).
    const draws = scripted([2, 9, 7, 2, /* digits */ 9, 8, 3, 1, /* asked */ 0]);
    const batch = keyValueRetrieval.sample({ pairs: 4 }, draws, 1);
    expect(text(batch, 0)).toBe('c9k8j3f1??c');
    expect(answer(batch, 0)).toBe('9');
    expect(rows(batch.mask, batch, 1, 0).join('')).toBe('00000000001');
    expect(rows(batch.targets, batch, 10, 0).slice(0, 10)).toEqual(new Array(10).fill('0000000000'));
  });

  it('always asks for a letter that was shown, and answers with its digit', () => {
    for (const pairs of [1, 2, 7, 26]) {
      const batch = keyValueRetrieval.sample({ pairs }, rng(2, `pairs ${pairs}`), 100);
      for (let b = 0; b < 100; b++) {
        const string = text(batch, b);
        expect(string).toMatch(new RegExp(`^([a-z][0-9]){${pairs}}[?]{2}[a-z]$`));
        const letters = [...string.slice(0, 2 * pairs)].filter((_, i) => i % 2 === 0);
        expect(new Set(letters).size).toBe(pairs);
        const at = letters.indexOf(string.at(-1)!);
        expect(answer(batch, b)).toBe(string[2 * at + 1]);
      }
    }
  });

  it('draws letters, digits and the question uniformly', () => {
    const batch = keyValueRetrieval.sample({ pairs: 4 }, rng(4, 'uniform'), 13_000);
    const counts = new Map<string, number>();
    for (let b = 0; b < batch.batchSize; b++) {
      const string = text(batch, b);
      for (const key of [...string.slice(0, 8), `asked ${string.indexOf(string.at(-1)!) / 2}`]) {
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    for (const letter of 'abcdefghijklmnopqrstuvwxyz')
      expect(Math.abs(counts.get(letter)! - 2000)).toBeLessThan(225);
    for (const digit of '0123456789') expect(Math.abs(counts.get(digit)! - 5200)).toBeLessThan(345);
    for (const place of [0, 1, 2, 3])
      expect(Math.abs(counts.get(`asked ${place}`)! - 3250)).toBeLessThan(250);
  });

  it('computes the no binding ceiling: 55, 38.35, 29.99 and 23.6 % right at 2, 4, 8 and 16 pairs', () => {
    const right = [2, 4, 8, 16].map((pairs) => 100 - keyValueRetrieval.lines({ pairs }).noBinding!);
    expect(right.map((percent) => percent.toFixed(2))).toEqual(['55.00', '38.35', '29.99', '23.60']);
    expect(keyValueRetrieval.lines({ pairs: 4 }).chance).toBeCloseTo(90, 12);
  });

  it('counts as brute force does: every string of up to five digits', () => {
    for (const pairs of [1, 2, 3, 4, 5]) {
      let right = 0;
      for (let n = 0; n < 10 ** pairs; n++) {
        const digits = String(n).padStart(pairs, '0');
        const counts = [...digits].map((digit) => digits.split(digit).length - 1);
        right += Math.max(...counts) / pairs;
      }
      const percentWrong = 100 * (1 - right / 10 ** pairs);
      expect(keyValueRetrieval.lines({ pairs }).noBinding).toBeCloseTo(percentWrong, 9);
    }
  });

  it('stays exact at 26 pairs: within simulation error', () => {
    const stream = rng(8, 'ceiling');
    let right = 0;
    for (let n = 0; n < 20_000; n++) {
      const counts = new Array<number>(10).fill(0);
      for (let i = 0; i < 26; i++) counts[stream.integer(10)]! += 1;
      right += Math.max(...counts) / 26;
    }
    const { noBinding } = keyValueRetrieval.lines({ pairs: 26 });
    expect(Math.abs(noBinding! - 100 * (1 - right / 20_000))).toBeLessThan(0.15);
  });

  it('generalizes to 4, 8, 16 and 25 pairs, and never beyond the alphabet', () => {
    expect(keyValueRetrieval.harder({ pairs: 4 })).toEqual({
      'pairs 4': { pairs: 4 },
      'pairs 8': { pairs: 8 },
      'pairs 16': { pairs: 16 },
      'pairs 25': { pairs: 25 },
    });
    expect(Object.keys(keyValueRetrieval.harder({ pairs: 26 }))).toEqual(['pairs 26']);
  });

  it('tells its sizes and load, and refuses more pairs than letters', () => {
    expect(keyValueRetrieval.sizes({ pairs: 4 })).toEqual({ inputSize: 37, outputSize: 10, maxLength: 11 });
    expect(keyValueRetrieval.load({ pairs: 4 })).toBe(4);
    expect(keyValueRetrieval.symbols!({ pairs: 4 }).inputs.join('')).toBe(
      'abcdefghijklmnopqrstuvwxyz0123456789?',
    );
    expect(keyValueRetrieval.symbols!({ pairs: 4 }).outputs.join('')).toBe('0123456789');
    expect(keyValueRetrieval.settings.parse({})).toEqual({ pairs: 4 });
    for (const pairs of [0, 27, 2.5, '4', null]) {
      expect(keyValueRetrieval.settings.safeParse({ pairs }).success).toBe(false);
    }
  });
});
