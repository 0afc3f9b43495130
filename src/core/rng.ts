/**
 * Random numbers: one named, seeded stream a consumer, so that a draw added in one never shifts another.
 * The generator is Alea (seedrandom); its state is four numbers and resumes exactly.
 */
import seedrandom from 'seedrandom';

/** The whole state of a stream, fit for JSON. */
export interface RngState {
  readonly c: number;
  readonly s0: number;
  readonly s1: number;
  readonly s2: number;
}

/** A stream of random numbers. */
export interface Rng {
  /** Uniform in [0,1), 53 bits. */
  uniform(): number;
  /** Uniform among the integers 0 ... n-1. */
  integer(n: number): number;
  /** Standard normal. */
  normal(): number;
  /** What `resumeRng` goes on from. */
  state(): RngState;
}

/** The stream called `name` of a seed: `rng(7, 'data')`. Streams with different names are independent. */
export function rng(seed: number, name: string): Rng {
  return fromAlea(seedrandom.alea(`${seed}/${name}`, { state: true }));
}

/** The stream that goes on where `state` was taken. */
export function resumeRng(state: RngState): Rng {
  return fromAlea(seedrandom.alea('', { state: { ...state } }));
}

function fromAlea(alea: seedrandom.StatefulPRNG<seedrandom.State.Alea>): Rng {
  const uniform = () => alea.double();
  return {
    uniform,
    integer: (n) => Math.floor(uniform() * n),
    // Box-Muller without the spare value: a stream has no state beyond the generator's own.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    state: () => ({ ...alea.state() }) as RngState,
  };
}
