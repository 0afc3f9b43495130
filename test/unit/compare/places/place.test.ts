import { expect, it } from 'vitest';
import type { TrialOutcome } from '../../../../src/compare/outcome.ts';
import { localPlace } from '../../../../src/compare/places/local.ts';
import { type Place, work } from '../../../../src/compare/places/place.ts';
import type { Prepared } from '../../../../src/compare/trial.ts';

const trials = ['a', 'b', 'c'].map((id) => ({ id }) as Prepared);
const outcomeOf = ({ id }: Prepared) => ({ id }) as TrialOutcome;

it('does every trial once, so many at a time', async () => {
  const ended: string[] = [];
  let [running, most] = [0, 0];
  await work(
    localPlace(trials, (_, { id }) => ended.push(id)),
    {
      count: 2,
      signal: new AbortController().signal,
      async perform(trial) {
        most = Math.max(most, ++running);
        await new Promise((done) => setTimeout(done, 5));
        running--;
        return outcomeOf(trial);
      },
    },
  );
  expect([ended.toSorted(), most]).toEqual([['a', 'b', 'c'], 2]);
});

it('claims nothing more after the signal', async () => {
  const stop = new AbortController();
  const ended: string[] = [];
  await work(
    localPlace(trials, (_, { id }) => ended.push(id)),
    {
      count: 1,
      signal: stop.signal,
      async perform(trial) {
        stop.abort();
        return outcomeOf(trial);
      },
    },
  );
  expect(ended).toEqual(['a']);
});

it('stops a trial that was given to another, and hands in nothing of it', async () => {
  const left = [...trials];
  const finished: string[] = [];
  const place: Place = {
    heartbeatMs: 1,
    claim: async () => left.shift(),
    heartbeat: async ({ id }) => id !== 'b',
    finish: async ({ id }) => void finished.push(id),
  };
  await work(place, {
    count: 1,
    signal: new AbortController().signal,
    perform: (trial, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(outcomeOf(trial)), trial.id === 'b' ? 30_000 : 20);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve(undefined);
        });
      }),
  });
  expect(finished).toEqual(['a', 'c']);
});
