/**
 * How many threads should work on a step: measured while training, since it depends on the model, the batch and on who else
 * uses the machine. Each number of threads gets a few steps in turn, and the fastest is taken until it is time to look again.
 * The numbers of training do not depend on it.
 */

/** Steps that each number of threads is measured over. */
const TURNS = 5;
/** Steps before anything is measured: the JavaScript engine still translates the program. */
const WARM_UP = 3;
/** Training goes on for so long before it is measured again. */
const AGAIN_MS = 30_000;
/** Another thread must save so much of the time to be worth a core. */
const WORTH = 0.95;

/** A choice that is made over and over. */
export interface ThreadChoice {
  /** How many threads the next step should have. */
  next(): number;
  /** How long the step took that had them: milliseconds for each time step of each sequence. */
  tell(ms: number): void;
}

/** Begins to choose from 1 to `most`, in powers of two. */
export function threadChoice(most: number, now: () => number = () => performance.now()): ThreadChoice {
  const counts = candidates(most);
  let chosen = most;
  let turn = -WARM_UP;
  let measured: number[][] = counts.map(() => []);
  let restMs = Number.NEGATIVE_INFINITY;
  const lookAgain = () => {
    turn = 0;
    measured = counts.map(() => []);
  };
  return {
    next() {
      if (turn === TURNS * counts.length && now() - restMs > AGAIN_MS) lookAgain();
      return turn < 0 || turn === TURNS * counts.length ? chosen : counts[turn % counts.length]!;
    },
    tell(ms) {
      if (turn === TURNS * counts.length) return;
      if (turn >= 0) measured[turn % counts.length]!.push(ms);
      turn++;
      if (turn < TURNS * counts.length) return;
      chosen = fastest(counts, measured.map(median));
      restMs = now();
    },
  };
}

function candidates(most: number): number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i);
  return powers.at(-1) === most ? powers : [...powers, most];
}

/** The number of threads that takes least, fewer where more do not save enough. */
function fastest(counts: readonly number[], times: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < counts.length; i++) if (times[i]! < WORTH * times[best]!) best = i;
  return counts[best]!;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
