import { describe, expect, it } from 'vitest';
import { threadChoice } from '../../../src/train/thread-choice.ts';

/** Steps of a machine on which so many threads take so long; which numbers were asked for. */
function run(most: number, steps: number, msOf: (threads: number, step: number) => number) {
  const clock = { ms: 0 };
  const choice = threadChoice(most, () => clock.ms);
  return Array.from({ length: steps }, (_, step) => {
    const threads = choice.next();
    const ms = msOf(threads, step);
    clock.ms += ms;
    choice.tell(ms);
    return threads;
  });
}

describe('the number of threads', () => {
  it('is what is fastest when each has been tried', () => {
    const steps = run(4, 40, (threads) => 10 / threads);
    expect(new Set(steps)).toEqual(new Set([1, 2, 4]));
    expect(new Set(steps.slice(-20))).toEqual(new Set([4]));
    const busy = run(4, 40, (threads) => ({ 1: 8, 2: 5, 4: 20 })[threads]!);
    expect(new Set(busy.slice(-20))).toEqual(new Set([2]));
  });

  it('is lower where more threads save next to nothing', () => {
    expect(run(2, 30, (threads) => (threads === 1 ? 10 : 9.8)).at(-1)).toBe(1);
    expect(run(2, 30, (threads) => (threads === 1 ? 10 : 9)).at(-1)).toBe(2);
  });

  it('is not misled by a step that something else held up, nor by the slow first ones', () => {
    const held = (threads: number, step: number) => (step < 3 || step % 7 === 0 ? 500 : 10 / threads);
    expect(run(2, 40, held).at(-1)).toBe(2);
  });

  it('changes when the machine does', () => {
    // Another program takes the second core after 100 steps of about a second.
    const steps = run(2, 300, (threads, step) => (step < 100 || threads === 1 ? 1000 / threads : 3000));
    expect(steps[99]).toBe(2);
    expect(steps.at(-1)).toBe(1);
  });

  it('tries numbers that are no power of two, and has no choice of one', () => {
    expect(new Set(run(6, 40, (threads) => 10 / threads))).toEqual(new Set([1, 2, 4, 6]));
    expect(new Set(run(1, 20, () => 10))).toEqual(new Set([1]));
  });
});
