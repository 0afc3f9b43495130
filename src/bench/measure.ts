/**
 * Measuring in turn: every round gives each engine one turn after the other, so that whatever else loads the machine
 * hits all alike; the order turns from round to round. A turn of a fast engine is many steps, of a slow one a single
 * step. What is told is the median over the rounds of the median of each turn.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { StepResult } from '../core/contracts.ts';
import type { Competitor, Contestant, Turn } from './contestants.ts';
import type { Exercise } from './workloads.ts';

/** How many of the first steps must agree. */
export const checkedSteps = 3;
/** How far loss and gradient norm may be from the eager engine's, relative. */
export const tolerance = 1e-4;

/** A turn of a fast engine takes about this long, without its first, unmeasured steps. */
const turnMs = 60;
const mostSteps = 40;
/** Engines slower than this are warm when they have made the steps of the check. */
const slowMs = 200;
const warmUpMs = 1000;
/** Threads of the one before still wait in a loop for a moment. */
const settleMs = 20;

/** The largest relative differences to the eager engine over the first steps. */
export interface Agreement {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** What came of one engine on one workload. */
export interface Measured {
  readonly competitor: Competitor;
  /** Median of a training step in milliseconds; not there when it did not take part. */
  readonly milliseconds?: number;
  readonly compileSeconds?: number;
  readonly agreement?: Agreement;
  /** Why it did not take part. */
  readonly missing?: string;
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How far one engine's first steps are from another's. */
export function compareSteps(got: readonly StepResult[], expected: readonly StepResult[]): Agreement {
  const furthest = (field: keyof StepResult) =>
    Math.max(...expected.map((step, i) => Math.abs(got[i]![field] - step[field]) / Math.abs(step[field])));
  return { loss: furthest('lossNats'), gradientNorm: furthest('gradientNorm') };
}

interface Admitted {
  readonly competitor: Competitor;
  readonly contestant: Contestant;
  readonly agreement: Agreement;
  readonly turn: Turn;
  readonly samples: number[];
}

/** Opens, checks and warms up everyone, measures those who are fit, and closes them. */
export async function measure(
  exercise: Exercise,
  competitors: readonly Competitor[],
  { rounds, tell }: { readonly rounds: number; readonly tell: (text: string) => void },
): Promise<Measured[]> {
  const admitted: Admitted[] = [];
  const missing: Measured[] = [];
  try {
    for (const competitor of competitors) {
      tell(`${label(competitor)}: opening`);
      const fit = await admit(competitor, exercise);
      if (typeof fit === 'string') missing.push({ competitor, missing: fit });
      else admitted.push(fit);
    }
    await inTurn(admitted, rounds, tell);
  } finally {
    for (const { contestant } of admitted) contestant.close();
  }
  const measured = admitted.map(({ competitor, contestant, agreement, samples }) => ({
    competitor,
    milliseconds: median(samples),
    agreement,
    ...(contestant.compileSeconds !== undefined && { compileSeconds: contestant.compileSeconds }),
  }));
  return [...measured, ...missing];
}

/** `jax, 2 threads`. */
export function label({ name, threads }: Pick<Competitor, 'name' | 'threads'>): string {
  return threads === undefined ? name : `${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

/** Opens one and checks it; why it cannot take part otherwise. */
async function admit(competitor: Competitor, exercise: Exercise): Promise<Admitted | string> {
  let contestant: Contestant | undefined;
  const refuse = (reason: string): string => {
    contestant?.close();
    return reason;
  };
  try {
    contestant = await competitor.open(exercise);
    const start = performance.now();
    await contestant.first(1);
    const firstMs = performance.now() - start;
    if (firstMs > competitor.patience) return refuse(tooSlow(firstMs, competitor.patience));
    const agreement = compareSteps(await contestant.first(checkedSteps), exercise.expected);
    // Written so that NaN is refused too.
    if (!(Math.max(agreement.loss, agreement.gradientNorm) <= tolerance)) return refuse(disagrees(agreement));
    return { competitor, contestant, agreement, turn: await warmUp(contestant), samples: [] };
  } catch (error) {
    return refuse(error instanceof Error ? error.message.split('\n', 1)[0]! : String(error));
  }
}

function tooSlow(firstMs: number, patience: number): string {
  return `left out: a step took ${(firstMs / 1000).toFixed(1)} s, more than ${patience / 1000} s`;
}

function disagrees({ loss, gradientNorm }: Agreement): string {
  const shown = (difference: number) => difference.toExponential(1);
  return `left out: it computes something else: loss differs by ${shown(loss)}, gradient norm by ${shown(gradientNorm)}`;
}

/** Steps until it no longer gets faster; gives how long its turns shall be. */
async function warmUp(contestant: Contestant): Promise<Turn> {
  const start = performance.now();
  let stepMs = median(await contestant.time({ warm: 0, steps: 1 }));
  if (stepMs > slowMs) return { warm: 0, steps: 1 };
  while (performance.now() - start < warmUpMs)
    stepMs = median(await contestant.time({ warm: 1, steps: stepsOf(stepMs) }));
  return { warm: 1, steps: stepsOf(stepMs) };
}

function stepsOf(stepMs: number): number {
  return Math.min(mostSteps, Math.max(1, Math.round(turnMs / stepMs)));
}

async function inTurn(
  admitted: readonly Admitted[],
  rounds: number,
  tell: (text: string) => void,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    tell(`round ${round + 1} of ${rounds}`);
    for (let i = 0; i < admitted.length; i++) {
      const { contestant, turn, samples } = admitted[(i + round) % admitted.length]!;
      await pause(settleMs);
      samples.push(median(await contestant.time(turn)));
    }
  }
}
