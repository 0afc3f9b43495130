import { beforeAll, describe, expect, it } from 'vitest';
import type { Batch, Engine, NamedArrays } from '../../../src/core/contracts.ts';
import { DivergedError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { eagerEngine } from '../../../src/train/eager.ts';
import {
  type CheckpointEvent,
  type DoneEvent,
  type LoopConfig,
  type LoopState,
  loopStateSchema,
  type TrainEvent,
  type TrainOptions,
  train,
} from '../../../src/train/loop.ts';
import { schedule } from '../../../src/train/schedule.ts';
import { adam } from '../../../src/train/transforms.ts';
import { echo, toyModel } from './toy.ts';

type Options = TrainOptions<{ length: number }>;

const config: LoopConfig = {
  batchSize: 4,
  seed: 3,
  budget: { steps: 12, untilSolved: false },
  evaluation: { everySteps: 4, sequences: 6, batchSize: 4 },
  checkpoint: { everySteps: 3, keep: 2 },
  logEverySteps: 2,
};

/**
 * An engine made of two numbers. The loss at a step is what a script says, and evaluation answers with the right
 * logits or with zeros (chance: 1 bit a bit), as the script says of that step.
 */
function scriptedEngine(script: { loss?: (step: number) => number; knows?: (step: number) => boolean } = {}) {
  const { loss = (step) => 1 / step, knows = () => false } = script;
  let step = 0;
  const engine: Engine = {
    name: 'eager',
    backend: 'none',
    parameterCount: 1,
    trainStep() {
      step++;
      const lossNats = loss(step);
      if (!Number.isFinite(lossNats))
        throw new DivergedError('gradient of params.x: expected finite numbers, got NaN');
      return { lossNats, gradientNorm: 2 * lossNats };
    },
    evaluate: ({ targets }: Batch) => ({ logits: targets.map((t) => (knows(step) ? (t - 0.5) * 100 : 0)) }),
    save: (): NamedArrays => ({ 'params.x': { shape: [], data: Float32Array.of(step) } }),
    load(arrays) {
      step = arrays['params.x']!.data[0]!;
    },
    dispose() {},
  };
  return engine;
}

async function collect(options: Partial<Options> & { engine: Engine }): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train({ task: echo, settings: { length: 2 }, config, now: () => 0, ...options }))
    events.push(event);
  return events;
}

const kinds = (events: TrainEvent[]) => events.map((event) => `${event.kind} ${event.step}`);
const metrics = (events: TrainEvent[]) =>
  events.filter(({ kind }) => kind === 'step' || kind === 'evaluation');
const checkpoints = (events: TrainEvent[]) =>
  events.filter((event): event is CheckpointEvent => event.kind === 'checkpoint');
const done = (events: TrainEvent[]) => events.at(-1) as DoneEvent;

describe('events', () => {
  it('come at their steps, in their order', async () => {
    const events = await collect({
      engine: scriptedEngine(),
      config: { ...config, budget: { steps: 8, untilSolved: false } },
    });
    expect(kinds(events)).toEqual([
      'checkpoint 0',
      'step 2',
      'checkpoint 3',
      'step 4',
      'evaluation 4',
      'checkpoint 4', // the first evaluation is the best so far
      'step 6',
      'checkpoint 6',
      'step 8',
      'evaluation 8',
      'checkpoint 8', // the end
      'done 8',
    ]);
    expect(checkpoints(events).map(({ best }) => best)).toEqual([false, false, true, false, false]);
  });

  it('carry means over the steps since the last, in bits', async () => {
    const events = await collect({ engine: scriptedEngine() });
    const [first, second] = events.filter(({ kind }) => kind === 'step');
    expect(first).toEqual({
      kind: 'step',
      step: 2,
      sequences: 8,
      bitsPerSequence: expect.closeTo((1 + 1 / 2) / 2 / Math.LN2, 12),
      gradientNorm: expect.closeTo(1.5, 12),
    });
    expect(second).toMatchObject({
      step: 4,
      bitsPerSequence: expect.closeTo((1 / 3 + 1 / 4) / 2 / Math.LN2, 12),
    });
  });

  it('evaluate the end too when it is not a regular step, and chance is what the task says', async () => {
    const events = await collect({
      engine: scriptedEngine(),
      config: { ...config, budget: { steps: 5, untilSolved: false } },
    });
    expect(kinds(events).slice(-3)).toEqual(['evaluation 5', 'checkpoint 5', 'done 5']);
    expect(done(events).scores).toMatchObject({
      sequences: 6,
      bitsPerSequence: echo.lines({ length: 2 }).chance,
    });
  });
});

describe('the budget', () => {
  const ended = async (budget: LoopConfig['budget'], extra: Partial<Options> = {}) => {
    const events = await collect({
      engine: scriptedEngine({ knows: () => true }),
      config: { ...config, budget },
      ...extra,
    });
    const { reason, step, sequences } = done(events);
    return { reason, step, sequences };
  };

  it('ends with the first that is spent', async () => {
    expect(await ended({ steps: 7, untilSolved: false })).toEqual({
      reason: 'steps',
      step: 7,
      sequences: 28,
    });
    // 10 sequences are three batches of 4.
    expect(await ended({ sequences: 10, untilSolved: false })).toEqual({
      reason: 'sequences',
      step: 3,
      sequences: 12,
    });
    expect(await ended({ steps: 50, untilSolved: true })).toEqual({
      reason: 'solved',
      step: 12,
      sequences: 48,
    });
    expect(await ended({ steps: 2, untilSolved: true })).toEqual({ reason: 'steps', step: 2, sequences: 8 });
  });

  it('counts time over all sessions', async () => {
    let clock = 0;
    const now = () => {
      clock += 250;
      return clock;
    };
    const engine = scriptedEngine();
    const first = await collect({
      engine,
      now,
      config: { ...config, budget: { maxTimeSeconds: 20, untilSolved: false } },
    });
    expect(done(first).reason).toBe('time');
    expect(done(first).wallSeconds).toBeGreaterThanOrEqual(20);
    expect(done(first).wallSeconds).toBeLessThan(25);
    const { state } = checkpoints(first).at(-1)!;
    const again = await collect({
      engine,
      now,
      state,
      config: { ...config, budget: { maxTimeSeconds: 20, untilSolved: false } },
    });
    expect(kinds(again)).toEqual([`done ${state.step}`]);
    const more = await collect({
      engine,
      now,
      state,
      config: { ...config, budget: { maxTimeSeconds: 30, untilSolved: false } },
    });
    expect(done(more).step).toBeGreaterThan(state.step);
    expect(done(more).wallSeconds).toBeLessThan(35);
  });

  it('of a resumed run counts totals', async () => {
    const engine = scriptedEngine();
    const { state } = checkpoints(
      await collect({ engine, config: { ...config, budget: { steps: 6, untilSolved: false } } }),
    ).at(-1)!;
    const more = await collect({
      engine,
      state,
      config: { ...config, budget: { steps: 8, untilSolved: false } },
    });
    expect(done(more)).toMatchObject({ reason: 'steps', step: 8, sequences: 32 });
  });
});

describe('solved', () => {
  /** What `knows` at evaluations 4, 8, 12, ... gives. */
  const solvedBy = async (answers: string) => {
    const knows = (step: number) => answers[step / 4 - 1] === '+';
    const budget = { steps: 4 * answers.length, untilSolved: false };
    return done(await collect({ engine: scriptedEngine({ knows }), config: { ...config, budget } })).solved;
  };

  it('is the first of three evaluations in a row below the threshold', async () => {
    expect(await solvedBy('--+++')).toEqual({ steps: 12, sequences: 48 });
    expect(await solvedBy('++-+++-')).toEqual({ steps: 16, sequences: 64 });
    expect(await solvedBy('++-++')).toBeNull();
  });

  it('stays, whatever comes after', async () => {
    expect(await solvedBy('+++--+++')).toEqual({ steps: 4, sequences: 16 });
  });

  it('ends a run that asks for it at the third', async () => {
    const config3 = { ...config, budget: { untilSolved: true } };
    const events = await collect({ engine: scriptedEngine({ knows: (step) => step >= 8 }), config: config3 });
    expect(done(events)).toMatchObject({ reason: 'solved', step: 16, solved: { steps: 8, sequences: 32 } });
    expect(done(events).best).toEqual({ bitsPerSequence: expect.closeTo(0, 10), step: 8 });
  });

  it('is so far above what can be reached at best', async () => {
    // At zeros for logits each of the echo's bits costs one: 2 a step.
    const evaluated = async (optimum: number) => {
      const task = { ...echo, lines: () => ({ chance: 100, optimum }) };
      const events = await collect({ engine: scriptedEngine(), task });
      return done(events).solved;
    };
    expect(await evaluated(0)).toBeNull();
    expect(await evaluated(50)).toEqual({ steps: 4, sequences: 16 });
  });
});

describe('numbers that are not finite', () => {
  const message = async (engine: Engine): Promise<string> => {
    const events: TrainEvent[] = [];
    const run = async () => {
      for await (const event of train({ task: echo, settings: { length: 2 }, config, engine }))
        events.push(event);
    };
    const error = await run().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DivergedError);
    expect(
      checkpoints(events).every(({ arrays }) =>
        Object.values(arrays).every(({ data }) => data.every(Number.isFinite)),
      ),
    ).toBe(true);
    return (error as Error).message;
  };

  it('in a step: the step, the tensor and the last good checkpoint', async () => {
    const engine = scriptedEngine({ loss: (step) => (step === 8 ? Number.NaN : 1) });
    expect(await message(engine)).toBe(
      'after step 7: gradient of params.x: expected finite numbers, got NaN; the last good checkpoint is of step 6',
    );
  });

  it('in an evaluation', async () => {
    const engine = {
      ...scriptedEngine(),
      evaluate: ({ targets }: Batch) => ({ logits: targets.map(() => Number.NaN) }),
    };
    expect(await message(engine)).toMatch(
      /^after step 4: evaluation: expected finite logits, .*; the last good checkpoint is of step 3$/,
    );
  });

  it('in what would be saved', async () => {
    const engine = scriptedEngine();
    const save = engine.save;
    engine.save = () =>
      save()['params.x']!.data[0]! < 6
        ? save()
        : { 'params.x': { shape: [], data: Float32Array.of(Number.NaN) } };
    expect(await message(engine)).toMatch(
      /^after step 6: params\.x: expected finite numbers, .*; the last good checkpoint is of step 4$/,
    );
  });

  it('other errors pass as they are', async () => {
    const engine = {
      ...scriptedEngine(),
      trainStep: () => {
        throw new TypeError('mine');
      },
    };
    await expect(collect({ engine })).rejects.toThrow(new TypeError('mine'));
  });
});

describe('an interrupted run', () => {
  it('sees a signal between two steps, saves, and says so', async () => {
    const abort = new AbortController();
    const engine = scriptedEngine({
      loss: (step) => {
        if (step === 5) abort.abort();
        return 1;
      },
    });
    const events = await collect({ engine, signal: abort.signal });
    expect(kinds(events).slice(-2)).toEqual(['checkpoint 5', 'done 5']);
    expect(done(events)).toMatchObject({ reason: 'interrupted', step: 5 });
  });

  it('lets timers run while it works, so that a signal can come', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 5);
    const budget = { maxTimeSeconds: 20, untilSolved: false };
    const events: TrainEvent[] = [];
    const options = {
      task: echo,
      settings: { length: 2 },
      config: { ...config, budget },
      engine: scriptedEngine(),
      signal: abort.signal,
    };
    for await (const event of train(options)) if (event.kind !== 'checkpoint') events.push(event);
    expect(done(events).reason).toBe('interrupted');
    expect(done(events).wallSeconds).toBeLessThan(5);
  });

  it('drops an evaluation that a signal cuts off, and the resumed run does it', async () => {
    const straight = await collect({ engine: scriptedEngine() });
    const abort = new AbortController();
    const engine = scriptedEngine();
    const evaluate = engine.evaluate;
    let calls = 0;
    engine.evaluate = (batch) => {
      calls++;
      if (calls === 3) abort.abort(); // the first of two batches of the second evaluation
      return evaluate(batch);
    };
    const first = await collect({ engine, signal: abort.signal });
    expect(kinds(first).slice(-2)).toEqual(['checkpoint 8', 'done 8']);
    const { state } = checkpoints(first).at(-1)!;
    const second = await collect({ engine, state });
    expect([...metrics(first), ...metrics(second)]).toEqual(metrics(straight));
  });
});

describe('resuming', () => {
  beforeAll(() => tf.setBackend('cpu'));

  const openEngine = (seed: number) =>
    eagerEngine({
      model: toyModel(),
      loss: 'bits',
      optimizer: adam(schedule({ rate: 0.03 })),
      initRng: rng(seed, 'init'),
    });

  it('from a checkpoint at any step yields what a run that never stopped yields, to the bit', async () => {
    const everyStep = { ...config, checkpoint: { everySteps: 1, keep: 1 } };
    const engine = openEngine(1);
    const straight = await collect({ engine, config: everyStep });
    const lines = metrics(straight);
    expect(lines.length).toBe(9);
    for (const { step, arrays, state } of checkpoints(straight)) {
      const stored = loopStateSchema.parse(JSON.parse(JSON.stringify(state))) as LoopState;
      expect(stored).toEqual(state);
      const other = openEngine(100 + step);
      other.load(arrays);
      const rest = await collect({ engine: other, config: everyStep, state: stored });
      expect([...lines.slice(0, stored.events), ...metrics(rest)], `from step ${step}`).toEqual(lines);
      expect(other.save()).toEqual(engine.save());
      expect(done(rest)).toEqual(done(straight));
      other.dispose();
    }
    engine.dispose();
  });

  it('learns from what a task trains on, and scores what it asks', async () => {
    const engine = scriptedEngine();
    const [learned, scored]: Float32Array[][] = [[], []];
    const watched: Engine = {
      ...engine,
      trainStep(batch) {
        learned!.push(batch.mask);
        return engine.trainStep(batch);
      },
      evaluate(batch) {
        scored!.push(batch.mask);
        return engine.evaluate(batch);
      },
    };
    const sample: typeof echo.sample = (...drawn) => {
      const batch = echo.sample(...drawn);
      return { ...batch, trainMask: batch.mask.map(() => 1), mask: batch.mask.map((_, row) => row % 2) };
    };
    await collect({ engine: watched, task: { ...echo, sample } });
    expect(learned).toHaveLength(12);
    for (const mask of learned!) expect(mask.every((value) => value === 1)).toBe(true);
    expect(scored!.length).toBeGreaterThan(0);
    for (const mask of scored!) expect([...mask].every((value, row) => value === row % 2)).toBe(true);
  });

  it('after a signal at any step yields the same too', async () => {
    const engine = openEngine(1);
    const straight = metrics(await collect({ engine }));
    engine.dispose();
    for (let stop = 1; stop <= 11; stop++) {
      const abort = new AbortController();
      const first = openEngine(1);
      const trainStep = first.trainStep.bind(first);
      let steps = 0;
      first.trainStep = (batch) => {
        steps++;
        if (steps === stop) abort.abort();
        return trainStep(batch);
      };
      const before = await collect({ engine: first, signal: abort.signal });
      const { arrays, state } = checkpoints(before).at(-1)!;
      const second = openEngine(2);
      second.load(arrays);
      const after = await collect({ engine: second, state });
      expect([...metrics(before), ...metrics(after)], `stopped after step ${stop}`).toEqual(straight);
      first.dispose();
      second.dispose();
    }
  });

  it('one seed gives one run, another seed another', async () => {
    const run = async (seed: number) => {
      const engine = openEngine(seed);
      const events = metrics(await collect({ engine, config: { ...config, seed } }));
      engine.dispose();
      return events;
    };
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
  });

  it('learns the echo and finds it solved', async () => {
    const engine = openEngine(1);
    const long = {
      ...config,
      batchSize: 8,
      budget: { steps: 2000, untilSolved: true },
      evaluation: { everySteps: 25, sequences: 20, batchSize: 20 },
    };
    const end = done(await collect({ engine, config: long }));
    expect(end.reason).toBe('solved');
    expect(end.scores!.bitsPerSequence).toBeLessThan(echo.solvedBits);
    engine.dispose();
  });
});
