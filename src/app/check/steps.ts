/** What checks are made of: a name and a function that says what it found, or throws what is wrong. */

import { callSite } from '../../core/call-site.ts';

/** `ok`, or not, or right only if it is meant. */
export type Verdict = 'ok' | 'wrong' | 'note';

/** What a check found. */
export interface Found {
  readonly verdict: Verdict;
  /** Of one that is not `ok`: what was expected, what was got, and what to do. */
  readonly detail: string;
}

/** A check to be made. */
export interface CheckStep {
  readonly name: string;
  /** What was found, if all is well; whatever it throws is what is wrong. */
  run(): string | Found;
  /** Whether the checks after it mean nothing where it fails. */
  readonly blocks?: boolean;
}

/** Checks in order, and what is to be done when the last has run. */
export interface CheckPlan {
  readonly steps: readonly CheckStep[];
  dispose?(): void;
}

/** Right only if it is meant. */
export function note(detail: string): Found {
  return { verdict: 'note', detail };
}

/** What is wrong: thrown by a check, told in one line. */
export class WrongError extends Error {
  override readonly name = 'WrongError';
  readonly exitCode = 2;
}

/** @throws WrongError */
export function wrong(message: string): never {
  throw new WrongError(message);
}

/** Runs a check. */
export function outcome(run: CheckStep['run']): Found {
  try {
    const found = run();
    return typeof found === 'string' ? { verdict: 'ok', detail: found } : found;
  } catch (error) {
    if (!(error instanceof Error) || error.message.startsWith('internal:')) throw error;
    const ours = (error as { exitCode?: number }).exitCode !== undefined;
    const message = error.message.replace(/\s+/g, ' ');
    return { verdict: 'wrong', detail: ours ? message : `${error.name}: ${message}` };
  }
}

/**
 * Runs `f` while `Math.random` is watched.
 * @throws WrongError naming who called it
 */
export function withoutMathRandom<R>(what: string, f: () => R): R {
  const { random } = Math;
  let place: string | undefined;
  let calls = 0;
  Math.random = () => {
    calls++;
    const error = new Error();
    Error.captureStackTrace?.(error, Math.random);
    place ??= callSite(error.stack);
    return random();
  };
  try {
    const result = f();
    if (calls > 0)
      wrong(
        `${place ? `${place}: ` : ''}${what}: expected numbers from the stream it is given, got Math.random, which no seed reaches; draw from rng`,
      );
    return result;
  } finally {
    Math.random = random;
  }
}
