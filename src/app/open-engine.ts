/** What computes: the engine and backend that were asked for, opened. An explicit choice never becomes another one. */
import { availableParallelism, totalmem } from 'node:os';
import v8 from 'node:v8';
import { probedNative } from '../cli/shell/native-probe.ts';
import { packageVersion } from '../cli/shell/version.ts';
import { backendOpeners, openBackend } from '../core/backend.ts';
import type { Engine } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import { rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';
import { hasRelaxedSimd } from '../jit/index.ts';
import type { Assembly } from '../registry.ts';
import type { Meta } from '../runs/folder.ts';
import { compiledEngine } from '../train/compiled.ts';
import type { Config } from '../train/config.ts';
import { eagerEngine } from '../train/eager.ts';
import type { EngineOptions } from '../train/engine.ts';
import { optimizer } from '../train/optimizer.ts';

/** What a WebAssembly program can address. */
const ADDRESSABLE_BYTES = 2 ** 32;

/** The part of a configuration that chooses what computes. */
export type MachineChoice = Pick<Config, 'engine' | 'backend' | 'threads' | 'relaxedSimd'>;

/** An open engine and backend. */
export interface Machine {
  readonly engine: 'compiled' | 'eager';
  readonly backend: string;
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
export async function openMachine(choice: MachineChoice): Promise<Machine> {
  const { engine, backend } = choice;
  if (engine === 'eager' || (engine === 'auto' && backend !== 'auto')) return eagerMachine(backend);
  if (backend !== 'auto' && backend !== 'wasm')
    throw new UsageError(
      `--backend: expected auto or wasm with the compiled engine, got ${backend}; leave it out, or use --engine eager`,
    );
  return compiledMachine(choice);
}

async function eagerMachine(choice: Config['backend']): Promise<Machine> {
  const native = () => probedNative();
  const { name, simd, version, passedOver } = await openBackend(choice, backendOpeners(native));
  return {
    engine: 'eager',
    backend: name,
    simd: simd ?? null,
    relaxedSimd: null,
    limitBytes: totalmem(),
    passedOver,
    versions: name === 'tensorflow' ? { 'tfjs-node': version ?? 'unknown' } : {},
    open: (assembly) => eagerEngine(engineOptions(assembly)),
  };
}

async function compiledMachine({ relaxedSimd, threads }: MachineChoice): Promise<Machine> {
  // Cells are traced on the plain backend: what is recorded is the same on all of them.
  await openBackend('cpu');
  const relaxed = relaxedSimd && relaxedSimdWorks();
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
        threads: Math.min(threads || availableParallelism(), availableParallelism()),
      }),
  };
}

/** Node 20 has fused multiply-add behind a flag, which must be set before anything is compiled. */
export function relaxedSimdWorks(): boolean {
  if (!hasRelaxedSimd()) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return hasRelaxedSimd();
}

function engineOptions({ config, task, model }: Assembly): EngineOptions {
  return {
    model,
    loss: task.loss,
    optimizer: optimizer(config.optimizer),
    initRng: rng(config.seed, 'init'),
  };
}

/** What goes into meta.json. */
export function describeRun(config: Config, machine: Machine, argv: readonly string[]): Meta {
  const { engine, backend, simd, relaxedSimd, versions } = machine;
  return {
    schema: 'engram.run/1',
    created: new Date().toISOString(),
    argv,
    seed: config.seed,
    engine,
    backend,
    simd,
    relaxedSimd,
    versions: {
      engram: packageVersion(),
      node: process.versions.node,
      tfjs: tf.version_core,
      ...versions,
    },
    machine: `${process.platform} ${process.arch}, ${availableParallelism()} cores`,
  };
}
