/**
 * What goes wrong inside a cell, told in one line that begins with the cell's own line. A cell is run as it is; when it
 * fails, it is run once more with each operation remembered by the line that called it, so that nothing is paid for by
 * cells that work, and so that the gradient of an operation is told by the line of the operation.
 */
import { callSite } from './call-site.ts';
import { UsageError } from './errors.ts';
import * as tf from './tf.ts';

let site: string | undefined;

/** The line of the cell whose operation, or whose operation's gradient, runs now; only while a failure is looked into. */
export function currentSite(): string | undefined {
  return site;
}

const told = new WeakSet<object>();

/**
 * Runs what calls the functions of a cell.
 * @param name what was being done, where no line is known (`step`)
 * @throws UsageError or the error of ours that was thrown, with the cell's line in front
 */
export function inCell<R>(name: string, f: () => R): R {
  try {
    return f();
  } catch (error) {
    forgetTape();
    if (!(error instanceof Error) || told.has(error) || isNotOfTheCell(error)) throw error;
    const again = failure(f) ?? error;
    forgetTape();
    const plain = told.has(again) ? again : tell(again, { name, at: callSite(again.stack) });
    told.add(plain);
    throw plain;
  }
}

/** Divergence and damage are nobody's line; `internal:` is ours. */
function isNotOfTheCell(error: Error & { readonly exitCode?: number }): boolean {
  return [3, 4, 6].includes(error.exitCode ?? 0) || error.message.startsWith('internal:');
}

/** What a second run throws, with the lines of the cell. */
function failure(f: () => unknown): Error | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  try {
    withSites(f);
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** An error of ours keeps its class; what TensorFlow.js or the language threw becomes a UsageError. */
function tell(error: Error, { name, at }: { name: string; at: string | undefined }): Error {
  const ours = (error as { exitCode?: number }).exitCode !== undefined;
  if (ours)
    return at === undefined || error.message.startsWith(at)
      ? error
      : renamed(error, `${at}: ${error.message}`);
  const [, kernel, backend] = /^Kernel '(\w+)' not registered for backend '(\w+)'/.exec(error.message) ?? [];
  if (kernel !== undefined)
    return new UsageError(
      `${at ?? name}: expected an operation that backend ${backend} has, got ${kernel}; write it with others, or try --backend cpu`,
      { cause: error },
    );
  const got = error.message.replace(/\s+/g, ' ').replace(/\.$/, '');
  const what = error.name === 'Error' ? got : `${error.name}: ${got}`;
  return new UsageError(
    `${at ?? name}: expected ${name} to run, got "${what}"; mend ${at ? 'that line' : 'the cell'}`,
    {
      cause: error,
    },
  );
}

function renamed(error: Error, message: string): Error {
  error.message = message;
  return error;
}

type Gradient = (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;

/** The parts of the engine of TensorFlow.js that are watched. */
interface Watched {
  runKernelFunc(call: { readonly kernelName?: string }): unknown;
  addTapeNode(kernelName: string, inputs: Record<string, tf.Tensor>, ...rest: unknown[]): void;
  readonly state: {
    readonly gradientDepth: number;
    activeTape: { saved?: tf.Tensor[]; gradient?: Gradient }[] | null;
  };
}

/** Gives back what a tape has kept for a gradient that was never finished; TensorFlow.js keeps it for ever. */
export function forgetTape(): void {
  const { state } = tf.engine() as unknown as Watched;
  if (state.gradientDepth > 0) return;
  for (const { saved = [] } of state.activeTape ?? []) tf.dispose(saved);
  state.activeTape = null;
}

/** Runs `f` with `currentSite` known throughout. */
function withSites<R>(f: () => R): R {
  const engine = tf.engine() as unknown as Watched;
  const { runKernelFunc, addTapeNode } = engine;
  engine.runKernelFunc = (call) =>
    at(callSite(new Error().stack) ?? site, () => runKernelFunc.call(engine, call));
  engine.addTapeNode = (kernelName, inputs, ...rest) => {
    addTapeNode.call(engine, kernelName, inputs, ...rest);
    const node = engine.state.activeTape!.at(-1)!;
    node.gradient = watched(node.gradient ?? none(kernelName, inputs), site);
  };
  try {
    return f();
  } finally {
    // The methods of the class come back.
    Reflect.deleteProperty(engine, 'runKernelFunc');
    Reflect.deleteProperty(engine, 'addTapeNode');
    site = undefined;
  }
}

/** Runs `f` with the line known; what it throws is told by it. */
function at<R>(place: string | undefined, f: () => R): R {
  const outer = site;
  site = place;
  try {
    return f();
  } catch (error) {
    if (place === undefined || !(error instanceof Error) || told.has(error)) throw error;
    const plain = tell(error, { name: 'the operation', at: place });
    told.add(plain);
    throw plain;
  } finally {
    site = outer;
  }
}

/** The gradient of an operation runs as if from the operation's line. */
function watched(gradient: Gradient, place: string | undefined): Gradient {
  return (dys) =>
    Object.fromEntries(
      Object.entries(at(place, () => gradient(dys))).map(([name, part]) => [name, () => at(place, part)]),
    );
}

function none(kernelName: string, inputs: Record<string, tf.Tensor>): Gradient {
  return () => {
    const shapes = Object.values(inputs).map(({ shape }) => `[${shape}]`);
    throw new UsageError(
      `${kernelName}: expected an operation with a gradient, got ${kernelName} of ${shapes.join(', ')}; write it with others, or wrap it in withoutGradient if its result may count as constant`,
    );
  };
}
