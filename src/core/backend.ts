/**
 * Opens a TensorFlow.js backend: `tensorflow` (native, optional), `wasm`, `cpu`.
 * An explicit choice is met or refused; only `auto` tries the next one, and says why it had to.
 * WebGL and WebGPU are left out: their precision differs, and the project runs the same numbers in Node and in a page.
 */
import { UnavailableError } from './errors.ts';
import { loadNative, type NativeStatus } from './native.ts';
import * as tf from './tf.ts';

/** The backends, best first: the order in which `auto` tries them. */
export const backendNames = ['tensorflow', 'wasm', 'cpu'] as const;

/** A backend by its TensorFlow.js name. */
export type BackendName = (typeof backendNames)[number];

/** One backend: whether it can be had here and, if not, why and what to do. */
export interface BackendReport {
  readonly name: BackendName;
  readonly available: boolean;
  readonly version?: string;
  /** tensorflow only: the version of the library that computes. */
  readonly libtensorflow?: string;
  /** wasm only: whether its 128-bit kernels run here. */
  readonly simd?: boolean;
  readonly reason?: string;
  readonly detail?: string;
  readonly cure?: string;
}

/** An open backend, and for each better one that `auto` passed over, one line why. */
export interface OpenBackend extends BackendReport {
  readonly passedOver: readonly string[];
}

/** How each backend is opened; none of them throws. */
export type Openers = Readonly<Record<BackendName, () => Promise<BackendReport>>>;

/**
 * The real openers.
 * @param native loads the native package; given by the command line, which first probes it in a child process
 */
export function backendOpeners(native: () => NativeStatus = loadNative): Openers {
  // Silences the banners and warnings that TensorFlow.js prints on stderr.
  tf.env().set('PROD', true);
  return {
    tensorflow: () => openNative(native()),
    wasm: openWasm,
    cpu: () => select({ name: 'cpu', available: true, version: tf.version_core }),
  };
}

/**
 * Opens the backend of choice and makes it TensorFlow.js's current one.
 * @throws UnavailableError when an explicit choice, or for `auto` every backend, cannot be had
 */
export async function openBackend(
  choice: BackendName | 'auto',
  openers: Openers = backendOpeners(),
): Promise<OpenBackend> {
  const passedOver: string[] = [];
  for (const name of choice === 'auto' ? backendNames : [choice]) {
    const report = await openers[name]();
    if (report.available) return { ...report, passedOver };
    passedOver.push(refusal(report));
  }
  throw new UnavailableError(passedOver.join('; '));
}

/** A report of an unavailable backend as one line. */
export function refusal(report: BackendReport): string {
  const { name, reason, detail, cure } = report;
  return `backend ${name}: expected it to load, got ${reason} (${detail}); ${cure}`;
}

async function openNative(status: NativeStatus): Promise<BackendReport> {
  const { available: _, ...rest } = status;
  return select({ name: 'tensorflow', available: status.available, ...rest });
}

async function openWasm(): Promise<BackendReport> {
  const cure = 'reinstall with npm ci, or use --backend cpu';
  try {
    const { version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm');
    const simd = Boolean(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'));
    return await select({ name: 'wasm', available: true, version, simd, cure });
  } catch (error) {
    const detail = String(error instanceof Error ? error.message : error).split('\n', 1)[0]!;
    return { name: 'wasm', available: false, reason: 'cannot-load', detail, cure };
  }
}

/** Makes a loaded backend the current one; a backend that does not start is reported, not thrown. */
async function select(report: BackendReport): Promise<BackendReport> {
  if (!report.available) return report;
  const { cure = 'use --backend wasm', ...rest } = report;
  const failed = { name: report.name, available: false, reason: 'cannot-start', cure };
  try {
    if (await tf.setBackend(report.name)) return rest;
    return { ...failed, detail: 'TensorFlow.js could not start it' };
  } catch (error) {
    return { ...failed, detail: String(error instanceof Error ? error.message : error).split('\n', 1)[0]! };
  }
}
