/**
 * Elementary functions of four floats, as expressions that fused loops write in place: range reduction with a constant
 * in two parts (Cody and Waite 1980) and polynomials fitted by test/unit/jit/codegen/polynomials.py. Each states its
 * largest error in units in the last place (ulp), which a test measures. Left out: results below 2^-126 of exp and
 * what is made of it, which become 0; sin and cos beyond |x| = 8,192, which lose digits.
 */
import type { Expression, Vectors } from '../wasm/vectors.ts';

/** A function of one vector; the argument is written once. */
export type VectorFunction = (v: Vectors, x: Expression) => Expression;

const log2e = Math.LOG2E;
/** ln 2 = high + low; high has 9 bits, so that its product with an exponent is exact. */
const ln2High = 0.693359375;
const ln2Low = -2.1219444005469057e-4;
/** Adding 1.5 * 2^23 rounds to an integer in the low bits; 126 more makes them the biased exponent of 2^(n-1). */
const rounder = 12582912 + 126;
const exponentOne = 0x3f800000;
const infinityBits = 0x7f800000;
const signBit = -0x80000000;

const expTail = [0.5, 0.16666535, 0.04166724, 0.008367431, 0.0013863406];
const expm1Tail = [0.5, 0.16666667, 0.04166649, 0.008333207, 0.0013932663, 0.00019945047];
const logTail = [
  0.3333331, -0.24999987, 0.20002224, -0.1666925, 0.14218716, -0.12384402, 0.118726194, -0.1178937,
  0.069156125,
];
const atanhTail = [0.33333206, 0.20010868, 0.13999332, 0.1401318];
const sinTail = [-0.16666655, 0.008332192, -0.00019518791];
const cosTail = [0.041666646, -0.0013887301, 2.4430668e-5];
const tanhUp = [1, 0.13379732, 0.00349405, 2.0583702e-5, 1.33193225e-8];
const tanhDown = [1, 0.46713048, 0.025871133, 0.00032831167, 7.7621337e-7];

/** x = n ln 2 + r with |r| <= ln 2 / 2: gives r, and 2^(n-1) which is 0 from n = -126 down. */
function reduceExp(v: Vectors, x: Expression): { r: Expression; half: Expression } {
  const bounded = v.keep(v.clamp(x, -87.5, 89));
  const shifted = v.keep(v.multiplyAdd(bounded, v.number(log2e), v.number(rounder)));
  const n = v.keep(v.subtract(shifted, v.number(rounder)));
  const high = v.multiplySubtract(n, v.number(ln2High), bounded);
  return { r: v.keep(v.multiplySubtract(n, v.number(ln2Low), high)), half: v.keep(v.shiftLeft(shifted, 23)) };
}

/** e^x; 1.3 ulp. Below -86.99 the result is 0, above 88.73 infinity. */
export const exp: VectorFunction = (v, x) =>
  v.scope(() => {
    const { r, half } = reduceExp(v, x);
    const square = v.multiply(r, r);
    const p = v.multiplyAdd(v.keep(v.polynomial(r, expTail)), square, v.add(r, v.number(1)));
    const twice = v.keep(p);
    return v.multiply(v.add(twice, twice), half);
  });

/** e^x - 1, without cancelling near 0; 1.5 ulp. */
export const expm1: VectorFunction = (v, x) =>
  v.scope(() => {
    const { r, half } = reduceExp(v, x);
    const q = v.multiplyAdd(v.keep(v.polynomial(r, expm1Tail)), v.multiply(r, r), r);
    const sum = v.keep(v.multiplyAdd(q, half, v.subtract(half, v.number(0.5))));
    return v.add(sum, sum);
  });

/** Bits of x = 2^e m, sqrt(1/2) <= m < sqrt(2), for positive normal x: e as a float, and f = m - 1. */
function reduceLog(v: Vectors, x: Expression): { e: Expression; f: Expression } {
  const fraction = v.keep(v.subtractInts(x, v.bits(0x3f3504f3)));
  const exponent = v.keep(v.shiftRight(fraction, 23));
  const m = v.subtractInts(x, v.shiftLeft(exponent, 23));
  return { e: v.keep(v.fromInts(exponent)), f: v.keep(v.subtract(m, v.number(1))) };
}

/** x with values below 2^-126 scaled up by 2^24, and what that adds to the exponent. */
function normalize(v: Vectors, x: Expression): { normal: Expression; shift: Expression } {
  const small = v.keep(v.less(x, v.number(2 ** -126)));
  const normal = v.keep(v.select(small, v.multiply(x, v.number(2 ** 24)), x));
  return { normal, shift: v.and(small, v.number(-24)) };
}

/** Values of log outside the positive finite numbers: log 0 = -infinity, NaN below, infinity and NaN unchanged. */
function logEdges(v: Vectors, x: Expression, inside: Expression): Expression {
  const finite = v.select(v.less(x, v.bits(infinityBits)), inside, x);
  const real = v.or(finite, v.less(x, v.number(0)));
  return v.select(v.equal(x, v.number(0)), v.number(Number.NEGATIVE_INFINITY), real);
}

/** log(1 + f) - f for the f of `reduceLog`. */
function logSeries(v: Vectors, f: Expression): Expression {
  const square = v.keep(v.multiply(f, f));
  const cubic = v.multiply(v.multiply(v.polynomial(f, logTail), f), square);
  return v.multiplySubtract(square, v.number(0.5), cubic);
}

/** e ln 2 + log(1 + f). */
function joinedLog(v: Vectors, e: Expression, f: Expression): Expression {
  const low = v.keep(v.multiplyAdd(e, v.number(ln2Low), logSeries(v, f)));
  return v.keep(v.multiplyAdd(e, v.number(ln2High), v.add(f, low)));
}

/** Natural logarithm, denormals included; 0.9 ulp. */
export const log: VectorFunction = (v, x) =>
  v.scope(() => {
    const kept = v.keep(x);
    const { normal, shift } = normalize(v, kept);
    const { e, f } = reduceLog(v, normal);
    return logEdges(v, kept, joinedLog(v, v.keep(v.add(e, shift)), f));
  });

/** The same for x >= 2^-126, infinity or NaN, with a quarter less work. */
export const logOfPositive: VectorFunction = (v, x) =>
  v.scope(() => {
    const kept = v.keep(x);
    const { e, f } = reduceLog(v, kept);
    return v.select(v.less(kept, v.bits(infinityBits)), joinedLog(v, e, f), kept);
  });

/** log(1 + x), without losing small x; 1.3 ulp. */
export const log1p: VectorFunction = (v, x) =>
  v.scope(() => {
    const kept = v.keep(x);
    const one = v.number(1);
    const u = v.keep(v.add(kept, one));
    const lost = v.divide(v.subtract(kept, v.subtract(u, one)), u);
    const regular = v.keep(v.and(v.less(u, v.bits(infinityBits)), v.less(v.number(0), u)));
    const sum = v.keep(v.add(log(v, u), v.and(lost, regular)));
    // Where 1 + x rounds to 1 the correction is all there is; it also keeps the sign of zero.
    return v.select(v.equal(u, one), kept, sum);
  });

/**
 * Hyperbolic tangent, a quotient of polynomials; 6 ulp, never beyond 1. From 2^15 on it is 1: the quotient stops at
 * 1 - 2^-24, and the slope 1 - y^2 = 2^-23 that this leaves makes gradients grow from step to step, where there are none,
 * under weights that give such arguments. For smaller ones the 2^-40 x that is added rounds off without a trace.
 */
export const tanh: VectorFunction = (v, x) =>
  v.scope(() => {
    const kept = v.keep(x);
    const bounded = v.keep(v.clamp(kept, -9.02, 9.02));
    const z = v.keep(v.multiply(bounded, bounded));
    const up = v.multiply(bounded, v.keep(v.polynomial(z, tanhUp)));
    const quotient = v.keep(v.divide(up, v.polynomial(z, tanhDown)));
    return v.clamp(v.multiplyAdd(kept, v.number(2 ** -40), quotient), -1, 1);
  });

/** 1 / (1 + e^-x); 3 ulp. */
export const sigmoid: VectorFunction = (v, x) =>
  v.divide(v.number(1), v.add(exp(v, v.negate(x)), v.number(1)));

/** log(1 + e^x) = max(x, 0) + 2 atanh(t / (2 + t)), t = e^-|x|; 3 ulp. */
export const softplus: VectorFunction = (v, x) =>
  v.scope(() => {
    const kept = v.keep(x);
    const t = v.keep(exp(v, v.negate(v.absolute(kept))));
    const s = v.keep(v.divide(t, v.add(t, v.number(2))));
    const z = v.keep(v.multiply(s, s));
    const tail = v.multiply(v.multiply(v.polynomial(z, atanhTail), z), s);
    const half = v.keep(v.add(tail, s));
    return v.add(v.add(half, half), v.max(kept, v.number(0)));
  });

/** The part of a float that 12 bits hold; products of two such parts are exact. */
const leading = (v: Vectors, x: Expression) => v.keep(v.and(x, v.bits(-4096)));

/** log |a| as an unevaluated sum; the first part has 12 bits. For positive normal a. */
function longLog(v: Vectors, a: Expression): { high: Expression; low: Expression } {
  const { normal, shift } = normalize(v, a);
  const { e, f } = reduceLog(v, normal);
  const exponent = v.keep(v.add(e, shift));
  const main = v.keep(v.multiply(exponent, v.number(ln2High)));
  // |main| is 0 or at least |f|, so the sum's rounding error comes out exactly (Dekker 1971).
  const sum = v.keep(v.add(main, f));
  const error = v.keep(v.subtract(f, v.subtract(sum, main)));
  const rest = v.keep(v.add(v.multiplyAdd(exponent, v.number(ln2Low), logSeries(v, f)), error));
  const high = leading(v, v.keep(v.add(sum, rest)));
  return { high, low: v.keep(v.add(v.subtract(sum, high), rest)) };
}

/** e^(main + rest), rest small. */
function longExp(v: Vectors, main: Expression, rest: Expression): Expression {
  const { r, half } = reduceExp(v, main);
  const s = v.keep(v.add(r, rest));
  const p = v.keep(v.multiplyAdd(v.keep(v.polynomial(s, expTail)), v.multiply(s, s), v.add(s, v.number(1))));
  return v.multiply(v.add(p, p), half);
}

/** |a|^b for finite b and positive finite a. */
function positivePower(v: Vectors, a: Expression, b: Expression): Expression {
  const { high, low } = longLog(v, a);
  const b1 = leading(v, b);
  const main = v.keep(v.multiply(b1, high));
  const rest = v.keep(v.multiplyAdd(v.subtract(b, b1), high, v.multiply(b, low)));
  const bounded = v.keep(v.clamp(v.add(main, rest), -200, 200));
  // Beyond the range of exp the rest does not matter, and main - bounded would be infinite.
  const inRange = v.less(v.absolute(bounded), v.number(90));
  const remainder = v.keep(v.and(v.add(v.subtract(main, bounded), rest), inRange));
  return v.keep(longExp(v, bounded, remainder));
}

/**
 * a^b as in IEEE 754 `pow`, but 1^NaN and (-1)^infinity are NaN as in JavaScript;
 * 2.5 ulp for |b| <= 10, 30 ulp (2e-6) up to 200. The logarithm is carried beyond 24 bits, or it would be 400.
 */
export function power(v: Vectors, base: Expression, exponent: Expression): Expression {
  return v.scope(() => {
    const a = v.keep(base);
    const b = v.keep(exponent);
    const size = v.keep(v.absolute(a));
    const zero = v.number(0);
    const infinity = v.bits(infinityBits);
    const inside = positivePower(v, size, b);
    // 0 and infinity raised to a positive power are themselves, to a negative one the other.
    const extreme = v.keep(v.or(v.equal(size, zero), v.equal(size, infinity)));
    const swapped = v.xor(size, v.and(infinity, v.less(b, zero)));
    const unsigned = v.keep(v.select(extreme, swapped, inside));
    const unbounded = v.keep(v.equal(v.absolute(b), infinity));
    const grows = v.xor(v.less(v.number(1), size), v.less(b, zero));
    const limit = v.select(v.equal(size, v.number(1)), v.bits(-1), v.and(infinity, grows));
    const magnitude = v.keep(v.select(unbounded, limit, unsigned));
    return v.select(
      v.equal(b, zero),
      v.number(1),
      v.or(signedPower(v, a, b, magnitude), notNumbers(v, a, b)),
    );
  });
}

/** All bits set where either is NaN. */
const notNumbers = (v: Vectors, a: Expression, b: Expression) => v.or(v.notEqual(a, a), v.notEqual(b, b));

/** The power of a signed base from its size: negative for odd b, NaN for b that is no integer unless a is 0 or infinite. */
function signedPower(v: Vectors, a: Expression, b: Expression, magnitude: Expression): Expression {
  const half = v.keep(v.multiply(b, v.number(0.5)));
  const whole = v.equal(v.floor(b), b);
  const odd = v.keep(v.and(v.notEqual(v.floor(half), half), whole));
  const sign = v.and(v.and(a, v.bits(signBit)), odd);
  const negative = v.and(v.less(a, v.number(0)), v.less(v.number(Number.NEGATIVE_INFINITY), a));
  const undefinedThere = v.and(negative, v.notEqual(v.floor(b), b));
  return v.or(v.xor(magnitude, sign), undefinedThere);
}

/** pi / 2 in three parts, the first two short, so that their products with n are exact. */
const halfPi = [1.5703125, 4.837512969970703e-4, 7.549789948768648e-8] as const;

/** sin(x + quarters pi / 2); absolute error 1e-7 for |x| <= 8,192. */
function sinShifted(v: Vectors, x: Expression, quarters: number): Expression {
  return v.scope(() => {
    const kept = v.keep(x);
    const magic = 12582912;
    const shifted = v.keep(v.multiplyAdd(kept, v.number(2 / Math.PI), v.number(magic)));
    const n = v.keep(v.subtract(shifted, v.number(magic)));
    const r = v.keep(halfPi.reduce((rest, part) => v.multiplySubtract(n, v.number(part), rest), kept));
    const z = v.keep(v.multiply(r, r));
    const sine = v.keep(v.multiplyAdd(v.multiply(v.polynomial(z, sinTail), z), r, r));
    const square = v.multiply(z, z);
    const cosine = v.multiplyAdd(
      v.polynomial(z, cosTail),
      square,
      v.multiplySubtract(z, v.number(0.5), v.number(1)),
    );
    const quadrant = v.keep(v.addInts(shifted, v.bits(quarters)));
    const usesCosine = v.shiftRight(v.shiftLeft(quadrant, 31), 31);
    const sign = v.and(v.shiftLeft(quadrant, 30), v.bits(signBit));
    const magnitude = v.select(usesCosine, v.keep(cosine), sine);
    return v.xor(v.clamp(magnitude, -1, 1), sign);
  });
}

/** Sine; absolute error 1e-7 for |x| <= 8,192. */
export const sin: VectorFunction = (v, x) => sinShifted(v, x, 0);

/** Cosine; absolute error 1e-7 for |x| <= 8,192. */
export const cos: VectorFunction = (v, x) => sinShifted(v, x, 1);

/** Error function by Abramowitz and Stegun 1964, 7.1.26, as tfjs has it; absolute error 5e-7 beside the formula's own 1.5e-7. */
export const erf: VectorFunction = (v, x) =>
  v.scope(() => {
    const kept = v.keep(x);
    const size = v.keep(v.absolute(kept));
    const t = v.keep(v.divide(v.number(1), v.multiplyAdd(size, v.number(0.3275911), v.number(1))));
    const series = v.polynomial(t, [0, 0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429]);
    const tail = v.multiply(v.keep(series), exp(v, v.negate(v.multiply(size, size))));
    const positive = v.subtract(v.number(1), tail);
    return v.or(positive, v.and(kept, v.bits(signBit)));
  });

/** 1 in the lanes of a mask, 0 elsewhere. */
export const truth = (v: Vectors, mask: Expression): Expression => v.and(mask, v.bits(exponentOne));

/** -1, 0 or 1; NaN stays. */
export const sign: VectorFunction = (v, x) =>
  v.scope(() => {
    const kept = v.keep(x);
    const one = v.or(v.bits(exponentOne), v.and(kept, v.bits(signBit)));
    const proper = v.or(v.less(kept, v.number(0)), v.less(v.number(0), kept));
    return v.select(proper, one, kept);
  });
