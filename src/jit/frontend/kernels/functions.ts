/**
 * Kernels of one element that are compositions of the functions graphs are written in: inverse and hyperbolic functions,
 * activations, and what is made of a few steps. Each is as exact as float32 allows, to a few units in the last place.
 */
import type { Builder } from '../../ir/builder.ts';
import type { ElementFunction } from '../../ir/functions.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { KernelRule } from './rule.ts';

/** Applies a function to nodes; numbers are written as numbers in a list. */
type Apply = (name: ElementFunction, ...args: (NodeId | [number])[]) => NodeId;

const applyIn =
  (build: Builder): Apply =>
  (name, ...args) =>
    build.apply(name, ...args.map((arg) => (typeof arg === 'object' ? build.number(arg[0]) : arg)));

/** A kernel of one input, and perhaps numbers among its attributes. */
const unary =
  (rule: (x: NodeId, f: Apply, attributes: Readonly<Record<string, number>>) => NodeId): KernelRule =>
  ({ build, inputs, attributes }) => [
    rule(inputs.x!, applyIn(build), attributes as Readonly<Record<string, number>>),
  ];

/** A kernel of two inputs of these names. */
const binary =
  (a: string, b: string, rule: (a: NodeId, b: NodeId, f: Apply) => NodeId): KernelRule =>
  ({ build, inputs }) => [rule(inputs[a]!, inputs[b]!, applyIn(build))];

/** Coefficients of t³, t⁵, t⁷ and t⁹, for |t| <= tan(π/8): atanf of Moshier's Cephes. */
const ATAN_SERIES = [-3.33329491539e-1, 1.99777106478e-1, -1.38776856032e-1, 8.05374449538e-2];

/** Of x >= 0: atan(x) = π/4 + atan((x-1)/(x+1)) in the middle, π/2 - atan(1/x) beyond it. */
function atanOfPositive(x: NodeId, f: Apply): NodeId {
  const far = f('less', [Math.tan((3 * Math.PI) / 8)], x);
  const middle = f('less', [Math.tan(Math.PI / 8)], x);
  const turned = f('divide', f('subtract', x, [1]), f('add', x, [1]));
  const t = f('select', far, f('divide', [-1], x), f('select', middle, turned, x));
  const base = f('select', far, [Math.PI / 2], f('select', middle, [Math.PI / 4], [0]));
  const square = f('multiply', t, t);
  const [cubic, ...higher] = ATAN_SERIES as [number, ...number[]];
  const top = f('multiply', square, [higher.pop()!]);
  const rest = higher.reduceRight((sum, next) => f('multiply', square, f('add', sum, [next])), top);
  const series = f('multiply', f('add', rest, [cubic]), square);
  return f('add', base, f('add', f('multiply', series, t), t));
}

const atan = (x: NodeId, f: Apply) => f('multiply', f('sign', x), atanOfPositive(f('absolute', x), f));

/** The angle of (x, y), in (-π, π]; 0 at the origin. */
function angle(y: NodeId, x: NodeId, f: Apply): NodeId {
  const quotient = f('divide', f('absolute', y), f('absolute', x));
  const first = f('select', f('equal', y, [0]), [0], atanOfPositive(quotient, f));
  const half = f('select', f('less', x, [0]), f('subtract', [Math.PI], first), first);
  return f('select', f('less', y, [0]), f('negate', half), half);
}

const root = (x: NodeId, f: Apply) => f('sqrt', x);
const onePlus = (x: NodeId, f: Apply) => f('add', [1], x);
const oneMinus = (x: NodeId, f: Apply) => f('subtract', [1], x);

/** (e^x - e^-x) / 2 from e^x - 1, which loses no digits near 0. */
function sinh(x: NodeId, f: Apply): NodeId {
  const size = f('expm1', f('absolute', x));
  const below = f('divide', size, f('add', size, [1]));
  return f('multiply', f('sign', x), f('multiply', [0.5], f('add', size, below)));
}

/** sign(x) log1p(|x| + x² / (1 + sqrt(x² + 1))). */
function asinh(x: NodeId, f: Apply): NodeId {
  const size = f('absolute', x);
  const square = f('multiply', x, x);
  const more = f('divide', square, f('add', [1], root(onePlus(square, f), f)));
  return f('multiply', f('sign', x), f('log1p', f('add', size, more)));
}

/** log1p(d + sqrt(d² + 2d)), d = x - 1. */
function acosh(x: NodeId, f: Apply): NodeId {
  const d = f('subtract', x, [1]);
  return f('log1p', f('add', d, root(f('multiply', d, f('add', d, [2])), f)));
}

/** α and λ of Klambauer et al. 2017. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const selu = (x: NodeId, f: Apply) =>
  f('multiply', [SELU_SCALE], f('select', f('less', x, [0]), f('multiply', [SELU_ALPHA], f('expm1', x)), x));

/** Values become whole numbers toward zero, or truths. */
const cast: KernelRule = ({ build, inputs, attributes: { dtype } }) => {
  const [x, f] = [inputs.x!, applyIn(build)];
  if (dtype === 'bool') return [f('notEqual', x, [0])];
  return [dtype === 'int32' ? f('multiply', f('sign', x), f('floor', f('absolute', x))) : x];
};

const isInfinite = (x: NodeId, f: Apply) => f('equal', f('absolute', x), [Number.POSITIVE_INFINITY]);

/** The kernels of this file by tfjs name. */
export const functionKernels: Record<string, KernelRule> = {
  Cast: cast,
  Rsqrt: unary((x, f) => f('reciprocal', f('sqrt', x))),
  Square: unary((x, f) => f('multiply', x, x)),
  SquaredDifference: binary('a', 'b', (a, b, f) => {
    const difference = f('subtract', a, b);
    return f('multiply', difference, difference);
  }),
  FloorDiv: binary('a', 'b', (a, b, f) => f('floor', f('divide', a, b))),
  Relu: unary((x, f) => f('maximum', x, [0])),
  Relu6: unary((x, f) => f('minimum', f('maximum', x, [0]), [6])),
  LeakyRelu: unary((x, f, { alpha }) => {
    const below = f('multiply', x, [alpha!]);
    return f('select', f('less', x, [0]), below, x);
  }),
  Elu: unary((x, f) => f('select', f('less', x, [0]), f('expm1', x), x)),
  EluGrad: binary('dy', 'y', (dy, y, f) => {
    const below = f('multiply', dy, f('add', y, [1]));
    return f('select', f('less', y, [0]), below, dy);
  }),
  Step: unary((x, f, { alpha = 0 }) => f('select', f('less', [0], x), [1], [alpha])),
  ClipByValue: unary((x, f, { clipValueMin, clipValueMax }) =>
    f('minimum', f('maximum', x, [clipValueMin!]), [clipValueMax!]),
  ),
  Atan: unary(atan),
  Atan2: binary('a', 'b', angle),
  Asin: unary((x, f) => angle(x, root(f('multiply', oneMinus(x, f), onePlus(x, f)), f), f)),
  Acos: unary((x, f) => f('multiply', [2], angle(root(oneMinus(x, f), f), root(onePlus(x, f), f), f))),
  Tan: unary((x, f) => f('divide', f('sin', x), f('cos', x))),
  Sinh: unary(sinh),
  Cosh: unary((x, f) => {
    const size = f('exp', f('absolute', x));
    return f('multiply', [0.5], f('add', size, f('reciprocal', size)));
  }),
  Asinh: unary(asinh),
  Acosh: unary(acosh),
  Atanh: unary((x, f) =>
    f('multiply', [0.5], f('log1p', f('divide', f('multiply', [2], x), oneMinus(x, f)))),
  ),
  Selu: unary(selu),
  Prelu: binary('x', 'alpha', (x, alpha, f) => f('select', f('less', x, [0]), f('multiply', alpha, x), x)),
  IsInf: unary(isInfinite),
  IsFinite: unary((x, f) => f('and', f('not', isInfinite(x, f)), f('not', f('isNaN', x)))),
};
