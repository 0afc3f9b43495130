/**
 * The element functions of a program (functions.ts) as vector code. Truth is 1 and falsehood 0, as everywhere in a
 * program; a comparison's mask becomes a number at once, which the engine's optimizer does not undo.
 */
import type { ElementFunction } from '../ir/functions.ts';
import type { Expression, Vectors } from '../wasm/vectors.ts';
import * as math from './math.ts';

/** Writes a function of as many arguments as it takes, each of them once. */
type Writer = (v: Vectors, ...args: readonly Expression[]) => Expression;

const truth = math.truth;
const zero = (v: Vectors) => v.number(0);

/**
 * A choice that keeps a NaN of its first operand, made to keep one of `b` too: three machine instructions, where the
 * engine's own maximum and minimum take eight to order the two zeros, which this does not.
 */
function overNaN(v: Vectors, b: Expression, choose: (b: Expression) => Expression): Expression {
  return v.scope(() => {
    const kept = v.keep(b);
    return v.or(choose(kept), v.notEqual(kept, kept));
  });
}

/** Every element function. The type is an error while one is missing. */
const table: Readonly<Record<ElementFunction, Writer>> = {
  negate: (v, a) => v.negate(a),
  absolute: (v, a) => v.absolute(a),
  sign: math.sign,
  floor: (v, a) => v.floor(a),
  ceil: (v, a) => v.ceil(a),
  round: (v, a) => v.nearest(a),
  exp: math.exp,
  expm1: math.expm1,
  log: math.log,
  log1p: math.log1p,
  sqrt: (v, a) => v.squareRoot(a),
  reciprocal: (v, a) => v.divide(v.number(1), a),
  tanh: math.tanh,
  sigmoid: math.sigmoid,
  softplus: math.softplus,
  sin: math.sin,
  cos: math.cos,
  erf: math.erf,
  not: (v, a) => truth(v, v.equal(a, zero(v))),
  isNaN: (v, a) =>
    v.scope(() => {
      const kept = v.keep(a);
      return truth(v, v.notEqual(kept, kept));
    }),
  add: (v, a, b) => v.add(a, b),
  subtract: (v, a, b) => v.subtract(a, b),
  multiply: (v, a, b) => v.multiply(a, b),
  divide: (v, a, b) => v.divide(a, b),
  maximum: (v, a, b) => overNaN(v, b, (kept) => v.max(a, kept)),
  minimum: (v, a, b) => overNaN(v, b, (kept) => v.min(a, kept)),
  power: math.power,
  remainder: (v, a, b) =>
    v.scope(() => {
      const [x, y] = [v.keep(a), v.keep(b)];
      return v.subtract(x, v.multiply(y, v.floor(v.divide(x, y))));
    }),
  less: (v, a, b) => truth(v, v.less(a, b)),
  lessEqual: (v, a, b) => truth(v, v.lessEqual(a, b)),
  equal: (v, a, b) => truth(v, v.equal(a, b)),
  notEqual: (v, a, b) => truth(v, v.notEqual(a, b)),
  and: (v, a, b) => truth(v, v.and(v.notEqual(a, zero(v)), v.notEqual(b, zero(v)))),
  or: (v, a, b) => truth(v, v.or(v.notEqual(a, zero(v)), v.notEqual(b, zero(v)))),
  select: (v, condition, a, b) => v.select(v.notEqual(condition, zero(v)), a, b),
};

/** The function of these arguments, each of which is written exactly once. */
export function element(v: Vectors, name: ElementFunction, args: readonly Expression[]): Expression {
  return table[name](v, ...args);
}
