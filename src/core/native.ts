/**
 * Loads `@tensorflow/tfjs-node`, the optional native backend, and tells its failures apart, each with its cure.
 * Whether loading it would kill or hang the process cannot be seen from inside: the command line probes that in a child.
 * Outside Node there is nothing to load. `process.getBuiltinModule` stands in for `node:*` imports, which a page lacks.
 */

/** Why the native backend is not there. */
export type NativeFailure =
  | 'not-node'
  | 'not-installed'
  | 'incomplete'
  | 'scripts-blocked'
  | 'cannot-load'
  | 'bad-config'
  | 'illegal-instruction'
  | 'cut-short'
  | 'crashed'
  | 'timed-out'
  | 'unknown';

/** What came of loading the native backend. */
export type NativeStatus =
  | {
      readonly available: true;
      readonly version: string;
      /** The version of the library that computes, where it says. */
      readonly libtensorflow?: string;
    }
  | {
      readonly available: false;
      readonly reason: NativeFailure;
      /** What was met, in one line. */
      readonly detail: string;
      /** What to do about it, in one line. */
      readonly cure: string;
    };

/** The package, at the one version that fits the other TensorFlow.js packages. */
export const nativePackage = '@tensorflow/tfjs-node';
const install = `npm install ${nativePackage}@4.22.0`;
/** A package that is there is not made again: what is wrong with it would stay. */
const again = `remove the folder node_modules/${nativePackage} and run: npm install`;
const rebuild = `npm rebuild ${nativePackage} --build-from-source (needs python3, make and g++; musl systems are not supported)`;

const cures: Record<NativeFailure, string> = {
  'not-node': 'use the wasm backend',
  'not-installed': `run: ${install} (npm removes it without a word when its download fails; add --loglevel verbose to see why)`,
  incomplete: again,
  // Where npm is told to ignore scripts, in a file that nobody remembers, it rebuilds nothing and says that it did.
  'scripts-blocked': `run: npm rebuild ${nativePackage} --ignore-scripts=false (it downloads from storage.googleapis.com; where npm still leaves the script out, first run: npm approve-scripts ${nativePackage})`,
  'cannot-load': `run: ${rebuild}`,
  'bad-config': `an interrupted custom install edited the package; ${again}`,
  'illegal-instruction':
    'this processor lacks instructions, probably AVX, that the native library needs; use the wasm backend',
  'cut-short': `the native library is shorter than it should be, as after a download that broke off or on a full disk; ${again}`,
  crashed: `the addon and the library that it loads probably do not belong together; ${again}, or run: ${rebuild}; or use the wasm backend`,
  'timed-out': 'the native library hangs here (emulated processors do that); use the wasm backend',
  unknown: `${again}; or use the wasm backend`,
};

/** A failure with its cure; `detail` is cut to its first line. */
export function nativeFailure(reason: NativeFailure, detail: string): NativeStatus {
  const line = detail.split('\n', 1)[0]!.trim();
  return { available: false, reason, detail: line, cure: cures[reason] };
}

/** What `require` does, as far as loading needs it. */
export type Require = (id: string) => unknown;

interface NodeProcess {
  getBuiltinModule?(id: string): Record<string, unknown> | undefined;
}

function nodeModule(id: string): Record<string, unknown> | undefined {
  return (globalThis.process as NodeProcess | undefined)?.getBuiltinModule?.(id);
}

/** Node's `require` as this package sees it, or nothing outside Node. */
export function packageRequire(): (Require & { resolve(id: string): string }) | undefined {
  const create = nodeModule('module')?.createRequire as ((from: string) => never) | undefined;
  return create?.(import.meta.url);
}

/** tfjs-node 4.22.0 calls a function that Node 23 removed; giving it back is harmless elsewhere. */
function restoreIsNullOrUndefined(): void {
  const util = nodeModule('util');
  if (util) util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}

/**
 * Two lines of advice that TensorFlow prints on stderr while it is loaded; warnings and errors stay to be seen. The
 * library reads it when it is loaded, from the environment of the process.
 */
function silenceTensorflow(): void {
  const env = globalThis.process?.env;
  if (env) env.TF_CPP_MIN_LOG_LEVEL ??= '1';
}

/** What is used of the package. */
interface NativePackage {
  readonly version?: { readonly 'tfjs-node'?: string };
  backend?(): { readonly binding?: { readonly TF_Version?: string } };
}

/** Loads the native package, which registers the backend `tensorflow`. Never throws. */
export function loadNative(require: Require | undefined = packageRequire()): NativeStatus {
  if (!require) return nativeFailure('not-node', 'native addons exist in Node only');
  restoreIsNullOrUndefined();
  silenceTensorflow();
  try {
    const loaded = require(nativePackage) as NativePackage;
    const libtensorflow = loaded.backend?.().binding?.TF_Version;
    return {
      available: true,
      version: loaded.version?.['tfjs-node'] ?? 'unknown',
      ...(libtensorflow !== undefined && { libtensorflow }),
    };
  } catch (error) {
    return classify(error);
  }
}

/** The failure that an exception from loading the package stands for. */
function classify(error: unknown): NativeStatus {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  if (code === 'MODULE_NOT_FOUND') {
    const own = message.startsWith(`Cannot find module '${nativePackage}'`);
    return nativeFailure(own ? 'not-installed' : 'incomplete', message);
  }
  if (code === 'ERR_DLOPEN_FAILED') return nativeFailure('cannot-load', message);
  if (message.includes('(tfjs_binding.node) can not be found')) {
    return nativeFailure('scripts-blocked', message);
  }
  if (message.includes("'host' protocol")) return nativeFailure('bad-config', message);
  return nativeFailure('unknown', message);
}
