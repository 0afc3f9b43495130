/**
 * The functions of one element that graphs and programs are written in, a row each. Truth is the number 1 and falsehood 0.
 * `meaning` is a function's definition in float64; its vector code (codegen/elements.ts) must agree with it.
 */

/** All that is known of a function. */
export interface FunctionRow {
  readonly arity: number;
  readonly meaning: (...values: number[]) => number;
  /** About how many machine instructions a vector takes. */
  readonly cost: number;
  /** So cheap that reading a result from memory costs more than computing it again. */
  readonly cheap: boolean;
  /** A number that the result is never below, unless it is NaN, given that of the arguments; `same`: they are one value. */
  readonly bound: (bounds: readonly number[], same: boolean) => number;
}

const unbounded = () => Number.NEGATIVE_INFINITY;
const positive = () => 0;

function row(
  meaning: (...values: number[]) => number,
  { cost = 1, cheap = false, bound = unbounded as FunctionRow['bound'] } = {},
): FunctionRow {
  return { arity: meaning.length, meaning, cost, cheap, bound };
}

const cheap = { cheap: true };
const truth = (value: boolean) => (value ? 1 : 0);
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

const rows = {
  negate: row((x) => -x, cheap),
  absolute: row(Math.abs, { ...cheap, bound: positive }),
  sign: row(Math.sign, { cost: 6 }),
  floor: row(Math.floor),
  ceil: row(Math.ceil),
  round: row(roundHalfEven),
  exp: row(Math.exp, { cost: 22, bound: positive }),
  expm1: row(Math.expm1, { cost: 24 }),
  log: row(Math.log, { cost: 40 }),
  log1p: row(Math.log1p, { cost: 60 }),
  sqrt: row(Math.sqrt, { bound: positive }),
  reciprocal: row((x) => 1 / x),
  tanh: row(Math.tanh, { cost: 24 }),
  /** 1 / (1 + e^-x), without overflow on either side. */
  sigmoid: row((x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))), {
    cost: 26,
    bound: positive,
  }),
  /** log(1 + e^x), without overflow. */
  softplus: row((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), { cost: 45, bound: positive }),
  sin: row(Math.sin, { cost: 40 }),
  cos: row(Math.cos, { cost: 40 }),
  erf: row(erf, { cost: 45 }),
  not: row((x) => truth(x === 0)),
  isNaN: row((x) => truth(Number.isNaN(x))),
  add: row((a, b) => a + b, { ...cheap, bound: ([a, b]) => a! + b! }),
  subtract: row((a, b) => a - b, cheap),
  multiply: row((a, b) => a * b, {
    ...cheap,
    bound: ([a, b], same) => (same || (a! >= 0 && b! >= 0) ? 0 : Number.NEGATIVE_INFINITY),
  }),
  divide: row((a, b) => a / b),
  maximum: row((a, b) => Math.max(a, b), { ...cheap, cost: 3, bound: ([a, b]) => Math.max(a!, b!) }),
  minimum: row((a, b) => Math.min(a, b), { ...cheap, cost: 3, bound: ([a, b]) => Math.min(a!, b!) }),
  power: row((a, b) => a ** b, { cost: 110 }),
  /** The remainder with the divisor's sign, as tfjs `mod`. */
  remainder: row((a, b) => a - b * Math.floor(a / b), { cost: 4 }),
  less: row((a, b) => truth(a < b), cheap),
  lessEqual: row((a, b) => truth(a <= b), cheap),
  equal: row((a, b) => truth(a === b), cheap),
  notEqual: row((a, b) => truth(a !== b), cheap),
  and: row((a, b) => truth(a !== 0 && b !== 0)),
  or: row((a, b) => truth(a !== 0 || b !== 0)),
  /** `a` where the condition is not 0, else `b`. */
  select: row((condition, a, b) => (condition !== 0 ? a : b), {
    ...cheap,
    cost: 4,
    bound: ([, a, b]) => Math.min(a!, b!),
  }),
} satisfies Record<string, FunctionRow>;

/** A function of one element, or of two or three that correspond. */
export type ElementFunction = keyof typeof rows;

/** Each function by name. */
export const functions: Readonly<Record<ElementFunction, FunctionRow>> = rows;

/** How a reduction folds, and what it starts from. */
export const folds = {
  sum: { start: 0, fold: (a: number, b: number) => a + b },
  product: { start: 1, fold: (a: number, b: number) => a * b },
  maximum: { start: Number.NEGATIVE_INFINITY, fold: Math.max },
  minimum: { start: Number.POSITIVE_INFINITY, fold: Math.min },
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
