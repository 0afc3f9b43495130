/**
 * TensorFlow.js kernels in terms of graph operations: functions that graphs have and reductions here, compositions in
 * functions.ts, the rest in shape.ts. A kernel that is in no table is refused by name.
 */
import type { ElementFunction, Fold } from '../../ir/functions.ts';
import { functionKernels } from './functions.ts';
import { type KernelRule, one } from './rule.ts';
import { shapeKernels } from './shape.ts';

const unary = (name: ElementFunction) => one((build, { inputs }) => build.apply(name, inputs.x!));
const binary = (name: ElementFunction) => one((build, { inputs }) => build.apply(name, inputs.a!, inputs.b!));
/** A comparison written by exchanging the sides of another. */
const exchanged = (name: ElementFunction) =>
  one((build, { inputs }) => build.apply(name, inputs.b!, inputs.a!));

/** The axes a reduction names: null for all, negative ones counted from the end. */
function axesOf(axis: unknown, rank: number): number[] {
  if (axis === null || axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (Array.isArray(axis) ? axis : [axis]) as number[];
  return list.map((a) => (a < 0 ? a + rank : a));
}

const reduction = (fold: Fold) =>
  one((build, { inputs, attributes, outputs }) => {
    const arg = inputs.x!;
    const axes = axesOf(attributes.axis ?? attributes.reductionIndices, build.shape(arg).length);
    return build.reshape(build.reduce(fold, arg, axes), outputs[0]!);
  });

const mean = one((build, { inputs, attributes, outputs }) => {
  const shape = build.shape(inputs.x!);
  const axes = axesOf(attributes.axis, shape.length);
  const count = axes.reduce((product, axis) => product * shape[axis]!, 1);
  const sum = build.reduce('sum', inputs.x!, axes);
  return build.reshape(build.apply('multiply', sum, build.number(1 / count)), outputs[0]!);
});

const softmax = one((build, { inputs }) => {
  const logits = inputs.logits!;
  const shape = build.shape(logits);
  const keep = [...shape.slice(0, -1), 1];
  const last = [shape.length - 1];
  const greatest = build.reshape(build.reduce('maximum', logits, last), keep);
  const raised = build.apply('exp', build.apply('subtract', logits, greatest));
  return build.apply('divide', raised, build.reshape(build.reduce('sum', raised, last), keep));
});

const elementwise: Record<string, KernelRule> = {
  Neg: unary('negate'),
  Abs: unary('absolute'),
  Sign: unary('sign'),
  Floor: unary('floor'),
  Ceil: unary('ceil'),
  Round: unary('round'),
  Exp: unary('exp'),
  Expm1: unary('expm1'),
  Log: unary('log'),
  Log1p: unary('log1p'),
  Sqrt: unary('sqrt'),
  Reciprocal: unary('reciprocal'),
  Tanh: unary('tanh'),
  Sigmoid: unary('sigmoid'),
  Softplus: unary('softplus'),
  Sin: unary('sin'),
  Cos: unary('cos'),
  Erf: unary('erf'),
  LogicalNot: unary('not'),
  IsNan: unary('isNaN'),
  Add: binary('add'),
  Sub: binary('subtract'),
  Multiply: binary('multiply'),
  RealDiv: binary('divide'),
  Maximum: binary('maximum'),
  Minimum: binary('minimum'),
  Pow: binary('power'),
  Mod: binary('remainder'),
  Less: binary('less'),
  LessEqual: binary('lessEqual'),
  Greater: exchanged('less'),
  GreaterEqual: exchanged('lessEqual'),
  Equal: binary('equal'),
  NotEqual: binary('notEqual'),
  LogicalAnd: binary('and'),
  LogicalOr: binary('or'),
  Identity: one((_, { inputs }) => inputs.x!),
  AddN: one((build, { inputs }) =>
    Object.values(inputs).reduce((sum, next) => build.apply('add', sum, next)),
  ),
};

const reductions: Record<string, KernelRule> = {
  Sum: reduction('sum'),
  Max: reduction('maximum'),
  Min: reduction('minimum'),
  Prod: reduction('product'),
  All: reduction('minimum'),
  Any: reduction('maximum'),
  Mean: mean,
  Softmax: softmax,
};

/** Every kernel the compiler knows, by tfjs name. */
export const kernels: Readonly<Record<string, KernelRule>> = {
  ...elementwise,
  ...reductions,
  ...functionKernels,
  ...shapeKernels,
};
