/**
 * The functions of one element that graphs and programs are written in. Truth is the number 1 and falsehood 0.
 * `meaning` is each one's definition in float64; the WebAssembly backend must agree with it.
 */

/** Sigma(x) = 1 / (1 + e^-x), without overflow on either side. */
const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
/** log(1 + e^x), without overflow. */
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
/** Half goes to even, as in IEEE 754 and tfjs. */
const roundHalfEven = (x: number) => {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
};
/** Abramowitz and Stegun 1964, 7.1.26: the approximation tfjs uses, absolute error 1.5e-7. */
const erf = (x: number) => {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
};
const truth = (value: boolean) => (value ? 1 : 0);

/** Each function by name, in float64. */
export const meaning = {
  negate: (x: number) => -x,
  absolute: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  reciprocal: (x: number) => 1 / x,
  tanh: Math.tanh,
  sigmoid,
  softplus,
  sin: Math.sin,
  cos: Math.cos,
  erf,
  not: (x: number) => truth(x === 0),
  isNaN: (x: number) => truth(Number.isNaN(x)),
  add: (a: number, b: number) => a + b,
  subtract: (a: number, b: number) => a - b,
  multiply: (a: number, b: number) => a * b,
  divide: (a: number, b: number) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  power: (a: number, b: number) => a ** b,
  /** The remainder with the divisor's sign, as tfjs `mod`. */
  remainder: (a: number, b: number) => a - b * Math.floor(a / b),
  less: (a: number, b: number) => truth(a < b),
  lessEqual: (a: number, b: number) => truth(a <= b),
  equal: (a: number, b: number) => truth(a === b),
  notEqual: (a: number, b: number) => truth(a !== b),
  and: (a: number, b: number) => truth(a !== 0 && b !== 0),
  or: (a: number, b: number) => truth(a !== 0 || b !== 0),
  /** `a` where the condition is not 0, else `b`. */
  select: (condition: number, a: number, b: number) => (condition !== 0 ? a : b),
} as const;

/** A function of one element, or of two or three that correspond. */
export type ElementFunction = keyof typeof meaning;

/** How a reduction folds, and what it starts from. */
export const folds = {
  sum: { start: 0, fold: (a: number, b: number) => a + b },
  product: { start: 1, fold: (a: number, b: number) => a * b },
  maximum: { start: -Infinity, fold: Math.max },
  minimum: { start: Infinity, fold: Math.min },
} as const;

/** A reduction's kind. */
export type Fold = keyof typeof folds;

/**
 * Where the elements of a line are, in order: the largest first if `descending`. Equal ones keep their order; NaN counts as
 * the infinity that comes last.
 */
export function sortedPositions(line: ArrayLike<number>, descending: boolean): number[] {
  const last = descending ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const ranked = Array.from(line, (value) => (Number.isNaN(value) ? last : value));
  const sign = descending ? -1 : 1;
  return [...ranked.keys()].sort((a, b) => {
    const [x, y] = [ranked[a]!, ranked[b]!];
    return x === y ? a - b : x < y ? -sign : sign;
  });
}
