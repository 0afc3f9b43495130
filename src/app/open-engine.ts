/**
 * What computes: the engine and backend that were asked for, opened. An explicit choice never becomes another one. What
 * the machine has is handed in by whoever can ask it.
 */
import { type BackendName, backendOpeners, openBackend } from '../core/backend.ts';
import type { Engine } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import type { NativeStatus } from '../core/native.ts';
import { rng } from '../core/rng.ts';
import type { Assembly } from '../registry.ts';
import { compiledEngine } from '../train/compiled.ts';
import type { Config } from '../train/config.ts';
import { eagerEngine } from '../train/eager.ts';
import type { EngineOptions } from '../train/engine.ts';
import { optimizer } from '../train/optimizer.ts';

/** What a WebAssembly program can address. */
const ADDRESSABLE_BYTES = 2 ** 32;

/** The part of a configuration that chooses what computes. */
export type MachineChoice = Pick<Config, 'engine' | 'backend' | 'threads' | 'relaxedSimd'>;

/** What is under us: a process of Node, or a page. */
export interface Host {
  /** Processors that threads can have. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Loads the native backend, if that can be done without risk. */
  native(): NativeStatus;
  /** Whether multiply and add can round once; switched on where that is needed. */
  relaxedSimd(): boolean;
}

/** An open engine and backend. */
export interface Machine {
  readonly engine: 'compiled' | 'eager';
  readonly backend: BackendName;
  readonly simd: boolean | null;
  /** Whether multiply and add round once; null where the engine is not ours. */
  readonly relaxedSimd: boolean | null;
  /** The most memory that training can have. */
  readonly limitBytes: number;
  /** For each better backend that `auto` passed over, one line why. */
  readonly passedOver: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  /** An engine with the parameters that the configuration's seed draws. */
  open(assembly: Assembly): Engine;
}

/**
 * Opens what was asked for. `auto` is the compiled engine, unless a backend is named: only the eager engine has a choice.
 * @throws UnavailableError with the reason and the cure
 * @throws UsageError on a backend for the compiled engine, which brings its own
 */
export async function openMachine(choice: MachineChoice, host: Host): Promise<Machine> {
  const { engine, backend } = choice;
  if (engine === 'eager' || (engine === 'auto' && backend !== 'auto')) return eagerMachine(backend, host);
  if (backend !== 'auto' && backend !== 'wasm')
    throw new UsageError(
      `--backend: expected auto or wasm with the compiled engine, got ${backend}; leave it out, or use --engine eager`,
    );
  return compiledMachine(choice, host);
}

async function eagerMachine(choice: Config['backend'], host: Host): Promise<Machine> {
  const opened = await openBackend(choice, backendOpeners(host.native));
  const { name, simd, version = 'unknown', libtensorflow, passedOver } = opened;
  const native = { 'tfjs-node': version, ...(libtensorflow !== undefined && { libtensorflow }) };
  return {
    engine: 'eager',
    backend: name,
    simd: simd ?? null,
    relaxedSimd: null,
    limitBytes: host.memoryBytes,
    passedOver,
    versions: name === 'tensorflow' ? native : {},
    open: (assembly) => eagerEngine(engineOptions(assembly)),
  };
}

async function compiledMachine({ relaxedSimd, threads }: MachineChoice, host: Host): Promise<Machine> {
  // Cells are traced on the plain backend: what is recorded is the same on all of them.
  await openBackend('cpu');
  const relaxed = relaxedSimd && host.relaxedSimd();
  return {
    engine: 'compiled',
    backend: 'wasm',
    simd: true,
    relaxedSimd: relaxed,
    limitBytes: ADDRESSABLE_BYTES,
    passedOver: [],
    versions: {},
    open: (assembly) =>
      compiledEngine({
        ...engineOptions(assembly),
        relaxed,
        // More threads than cores only get in each other's way, and the result is the same for any number.
        threads: Math.min(threads || host.cores, host.cores),
        adaptThreads: threads === 0,
      }),
  };
}

/** What every engine is told of a configuration. */
export function engineOptions({ config, task, model }: Assembly): EngineOptions {
  return {
    model,
    loss: task.loss,
    optimizer: optimizer(config.optimizer),
    initRng: rng(config.seed, 'init'),
  };
}
