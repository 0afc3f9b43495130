/**
 * Recording what a function over tensors does: a backend called `trace` has every kernel of the cpu backend, each wrapped
 * so that it also notes down {kernel, inputs, attributes, outputs}. Shapes and gradients come for free, because
 * `tf.grads` runs under it like anything else. Reshapes and same-type casts share their input's data and leave no mark.
 */
import { currentSite, forgetTape } from '../../core/cell-errors.ts';
import { elements } from '../../core/shape.ts';
import * as tf from '../../core/tf.ts';
import { CompileError } from '../errors.ts';

/** A tensor as a kernel saw it. `data` is one object for all tensors that share values. */
export interface Seen {
  readonly data: object;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** One kernel run. */
export interface Kernel {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Seen>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Seen[];
  /** The line of the cell that called it, or whose operation's gradient it is; only while a failure is looked into. */
  readonly site?: string;
}

/** The kernels that a function ran, and the values that it took from elsewhere. */
export interface Recording {
  readonly kernels: readonly Kernel[];
  /** Values of tensors that no recorded kernel made, copied when they were first used. */
  readonly captured: ReadonlyMap<object, Float32Array>;
}

/** What a function returned, as seen, with the inputs as seen, and the recording. */
export interface Traced<R> {
  readonly inputs: readonly Seen[];
  readonly result: R;
  readonly recording: Recording;
}

/** The parts of the cpu backend that are used here; its own type is not exported through core. */
interface CpuBackend {
  data: { get(id: object): { values: ArrayLike<number> } };
  readSync(id: object): unknown;
  read(id: object): Promise<unknown>;
}

interface Session {
  readonly kernels: Kernel[];
  readonly captured: Map<object, Float32Array>;
  readonly made: Set<object>;
  /** Why what was traced cannot be compiled, where it could not be thrown at once. */
  refused?: CompileError;
}

const BACKEND = 'trace';
let session: Session | undefined;
let insideKernel = 0;

function readingError(): CompileError {
  return new CompileError(
    'trace: expected a pure function of tensors, got one that reads a value (dataSync, arraySync, print); compute with tensor operations only, tf.where instead of if',
  );
}

/** A cpu backend that gives out no values while a trace runs. */
function traceBackend(): CpuBackend {
  const cpu = tf.engine().findBackend('cpu') as unknown as CpuBackend;
  const own = new (cpu.constructor as new () => CpuBackend)();
  const readSync = own.readSync.bind(own);
  const read = own.read.bind(own);
  const guarded = () => session !== undefined && insideKernel === 0;
  own.readSync = (id) => {
    if (guarded()) throw readingError();
    return readSync(id);
  };
  own.read = (id) => {
    if (!guarded()) return read(id);
    // A promise that nobody awaits would end the process if it were rejected: the trace itself fails when it ends.
    session!.refused ??= readingError();
    return new Promise(() => {});
  };
  return own;
}

function register(): void {
  if (tf.engine().registryFactory[BACKEND] !== undefined) return;
  tf.registerBackend(BACKEND, traceBackend as never, 0);
  for (const config of tf.getKernelsForBackend('cpu'))
    tf.registerKernel({ ...config, backendName: BACKEND, kernelFunc: recorded(config) });
}

function recorded(config: tf.KernelConfig): tf.KernelFunc {
  return (call) => {
    const backend = call.backend as unknown as CpuBackend;
    const inputs = session && seenInputs(call.inputs, backend);
    insideKernel++;
    try {
      const result = config.kernelFunc(call);
      if (session && inputs) note(config.kernelName, inputs, call.attrs ?? {}, result);
      return result;
    } finally {
      insideKernel--;
    }
  };
}

const seen = (tensor: tf.TensorInfo): Seen => ({
  data: tensor.dataId,
  shape: [...tensor.shape],
  dtype: tensor.dtype,
});

/** A tensor, with a copy of its values where it comes from outside: it may be disposed before the trace ends. */
function seenHere(tensor: tf.TensorInfo, backend: CpuBackend): Seen {
  const { made, captured } = session!;
  if (!made.has(tensor.dataId) && !captured.has(tensor.dataId))
    captured.set(tensor.dataId, Float32Array.from(backend.data.get(tensor.dataId).values));
  return seen(tensor);
}

/** The inputs of a kernel; those that may be left out can be null. */
const seenInputs = (inputs: tf.NamedTensorInfoMap, backend: CpuBackend): Record<string, Seen> =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([name, tensor]) => (tensor ? [[name, seenHere(tensor, backend)]] : [])),
  );

function note(
  name: string,
  inputs: Record<string, Seen>,
  attributes: object,
  result: tf.TensorInfo | tf.TensorInfo[],
): void {
  const outputs = (Array.isArray(result) ? result : [result]).map(seen);
  // A kernel without inputs (fill, range) makes constants; their values are all there is to know.
  if (Object.keys(inputs).length === 0) return;
  const shared = new Set(Object.values(inputs).map((input) => input.data));
  // An output that shares its input's data is the same values under another shape or type.
  if (outputs.every((output) => shared.has(output.data))) return;
  for (const output of outputs) session!.made.add(output.data);
  const site = currentSite();
  session!.kernels.push({ name, inputs, attributes: { ...attributes }, outputs, ...(site && { site }) });
}

/** Values to trace with: positive, of ordinary size and spread out, so that no kernel meets an edge. */
function sampleTensor(shape: readonly number[], seed: number): tf.Tensor {
  const values = new Float32Array(elements(shape));
  // Multiples of the golden ratio, less their whole part, fill the range evenly.
  for (let i = 0; i < values.length; i++) {
    const multiple = 0.618034 * (i + 1) + 0.37 * seed;
    values[i] = 0.2 + 0.6 * (multiple - Math.floor(multiple));
  }
  return tf.tensor(values, [...shape]);
}

/**
 * Runs `f` on fresh tensors of the given shapes and records it.
 * @throws CompileError when `f` reads a value
 */
export function trace<R>(shapes: readonly (readonly number[])[], f: (inputs: tf.Tensor[]) => R): Traced<R> {
  if (session) throw new CompileError('trace: a trace is already running; compile one thing at a time');
  register();
  const before = tf.getBackend();
  void tf.setBackend(BACKEND);
  const own: Session = { kernels: [], captured: new Map(), made: new Set() };
  tf.engine().startScope('trace');
  try {
    const inputs = shapes.map((shape, index) => sampleTensor(shape, index));
    for (const input of inputs) own.made.add(input.dataId);
    session = own;
    const result = f(inputs);
    if (own.refused) throw own.refused;
    return { inputs: inputs.map(seen), result, recording: own };
  } finally {
    session = undefined;
    forgetTape();
    tf.engine().endScope();
    void tf.setBackend(before);
  }
}

/** A tensor as the trace knows it, values copied if nothing recorded made it. Only while a trace runs. */
export const look = (tensor: tf.Tensor): Seen =>
  seenHere(tensor, tf.engine().backend as unknown as CpuBackend);
