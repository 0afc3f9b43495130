/** Spins by the book, with no code of the library: what its shortcuts are held to. */

/** E(s) = -1/2 s'Js - b's, term by term. */
export function energyOf(weights: Float64Array, bias: Float64Array, state: ArrayLike<number>): number {
  const units = bias.length;
  let sum = 0;
  for (let i = 0; i < units; i++) {
    sum -= bias[i]! * state[i]!;
    for (let j = i + 1; j < units; j++) sum -= weights[i * units + j]! * state[i]! * state[j]!;
  }
  return sum;
}

/** All states, counted so that bit i of the number is spin i, set for -1. */
export function allStates(units: number): number[][] {
  return Array.from({ length: 2 ** units }, (_, x) =>
    Array.from({ length: units }, (_, i) => 1 - 2 * (Math.floor(x / 2 ** i) % 2)),
  );
}

/** Boltzmann's probabilities of all states. */
export function boltzmann(weights: Float64Array, bias: Float64Array, temperature: number) {
  const factors = allStates(bias.length).map((state) =>
    Math.exp(-energyOf(weights, bias, state) / temperature),
  );
  const partition = factors.reduce((a, b) => a + b);
  return { partition, probabilities: factors.map((factor) => factor / partition) };
}

/** Mean of a number over states weighed by probabilities. */
export function expectation(
  probabilities: readonly number[],
  of: (state: readonly number[]) => number,
): number {
  const states = allStates(Math.log2(probabilities.length));
  return probabilities.reduce((sum, p, x) => sum + p * of(states[x]!), 0);
}

/** Numbers that look random, the same every time: a linear congruential generator. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (1103515245 * state + 12345) % 2147483648;
    return state / 2147483648;
  };
}

/** Patterns of spins. */
export function patternsOf(count: number, units: number, seed = 1): Float64Array[] {
  const next = numbers(seed);
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: units }, () => (next() < 0.5 ? -1 : 1)),
  );
}

/** Symmetric couplings with a zero diagonal, and biases. */
export function glassOf(units: number, seed = 1): { weights: Float64Array; bias: Float64Array } {
  const next = numbers(seed);
  const weights = new Float64Array(units * units);
  for (let i = 0; i < units; i++)
    for (let j = i + 1; j < units; j++) {
      const weight = next() - 0.5;
      weights[i * units + j] = weight;
      weights[j * units + i] = weight;
    }
  return { weights, bias: Float64Array.from({ length: units }, () => next() - 0.5) };
}
