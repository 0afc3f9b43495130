/** The whole benchmark: who takes part, each workload made ready and measured, and the document of what came of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Host, openMachine } from '../app/open-engine.ts';
import type { Batch, NamedArrays } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import { nearestOrAll } from '../core/lookup.ts';
import { rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';
import { leaves } from '../core/tree.ts';
import { compile, profile } from '../jit/index.ts';
import { encodeSafetensors } from '../runs/safetensors.ts';
import { PARAMS } from '../train/engine.ts';
import { rowLosses } from '../train/loss.ts';
import { optimizer } from '../train/optimizer.ts';
import { type Competitor, compiled, eager } from './contestants.ts';
import { checkedSteps, measure } from './measure.ts';
import { peakGflops } from './peak.ts';
import { peer, peerScripts } from './peers.ts';
import { type BenchDocument, entries } from './report.ts';
import { type Exercise, prepare, title, type Workload } from './workloads.ts';

/** The columns, in their order. */
export const engineNames = [
  'compiled',
  'eager-wasm',
  'eager-cpu',
  'tfjs-node',
  'pytorch',
  'pytorch-compile',
  'jax',
] as const;

/** What to measure. */
export interface BenchOptions {
  readonly workloads: readonly Workload[];
  readonly engines: readonly string[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly host: Host;
  /** Of this package. */
  readonly version: string;
  /** The Python that runs the peers. */
  readonly python: string;
  /** Told what is going on, one line each. */
  readonly tell: (text: string) => void;
}

/**
 * The columns that a list names.
 * @throws UsageError on a name that is not known
 */
export function chosenEngines(list: string): readonly string[] {
  const words = list.split(',').map((word) => word.trim());
  for (const word of words)
    if (!engineNames.some((name) => name === word))
      throw new UsageError(`--engines: expected engines, got ${word}; ${nearestOrAll(word, engineNames)}`);
  return engineNames.filter((name) => words.includes(name));
}

/** Measures everything; takes minutes. */
export async function bench(options: BenchOptions): Promise<BenchDocument> {
  const { workloads, rounds, quick, tell, host, version } = options;
  const versions: Record<string, string> = {};
  const folder = mkdtempSync(join(tmpdir(), 'engram-bench-'));
  const competitors = takingPart(options, folder, versions);
  const relaxed = host.relaxedSimd();
  const results: BenchDocument['workloads'][number][] = [];
  try {
    for (const workload of workloads) {
      const say = (text: string) => tell(`${title(workload)}: ${text}`);
      const exercise = await makeReady(workload, folder, host);
      const measured = await measure(exercise, competitors, { rounds, tell: say });
      const arithmetic = { operations: operationsOf(exercise), peakGflops: peakGflops(relaxed) };
      results.push(...entries(exercise, measured, arithmetic));
    }
  } finally {
    for (const competitor of competitors) competitor.end();
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    schema: 'engram.bench/1',
    date: new Date().toISOString(),
    engram: version,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      platform: `${process.platform} ${process.arch}`,
      node: process.versions.node,
      relaxedSimd: relaxed,
    },
    versions,
    optimizer: 'graves-rmsprop',
    rounds,
    quick,
    workloads: results,
  };
}

/** The engines that were asked for, with every number of threads that is measured. */
function takingPart(
  { engines, python, host }: BenchOptions,
  folder: string,
  versions: Record<string, string>,
): Competitor[] {
  const threadCounts = availableParallelism() > 1 ? [1, 2] : [1];
  const scripts = peerScripts();
  // A cache of an earlier run would make compiling look faster than it is.
  const fresh = { TORCHINDUCTOR_CACHE_DIR: join(folder, 'inductor') };
  const python3 = (name: string, file: string, ...more: string[]) =>
    threadCounts.map((threads): Competitor => {
      if (!scripts) return absent(name, threads, 'not in this package: its script is in the source checkout');
      const args = [join(scripts, file), String(threads), ...more];
      const env = { ...fresh, OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: '1' };
      return peer({ name, threads, command: python, args, env }, versions);
    });
  const all: Readonly<Record<(typeof engineNames)[number], () => readonly Competitor[]>> = {
    compiled: () => threadCounts.map((threads) => compiled(threads, host)),
    'eager-wasm': () => [eager('eager-wasm', 'wasm', { host, versions })],
    'eager-cpu': () => [eager('eager-cpu', 'cpu', { host, versions })],
    'tfjs-node': () => [eager('tfjs-node', 'tensorflow', { host, versions })],
    pytorch: () => python3('pytorch', 'pytorch_peer.py'),
    'pytorch-compile': () => python3('pytorch-compile', 'pytorch_peer.py', 'compile'),
    jax: () => python3('jax', 'jax_peer.py'),
  };
  return engineNames.filter((name) => engines.includes(name)).flatMap((name) => all[name]());
}

function absent(name: string, threads: number, reason: string): Competitor {
  return {
    name,
    threads,
    patience: 0,
    open: () => Promise.reject(new Error(reason)),
    end: () => undefined,
  };
}

/** The model's first parameters and what training must give, both from the eager engine. */
async function makeReady(workload: Workload, folder: string, host: Host): Promise<Exercise> {
  const { assembly, batch } = prepare(workload);
  const choice = { engine: 'eager', backend: 'wasm', threads: 1, relaxedSimd: true } as const;
  const machine = await openMachine(choice, host);
  const engine = machine.open(assembly);
  try {
    const first = engine.save();
    const file = join(folder, 'workload.safetensors');
    writeFileSync(file, encodeSafetensors({ ...parametersIn(first), ...batchArrays(batch) }));
    const expected = Array.from({ length: checkedSteps }, () => engine.trainStep(batch));
    return { workload, assembly, batch, first, file, expected };
  } finally {
    engine.dispose();
  }
}

function parametersIn(arrays: NamedArrays): NamedArrays {
  return Object.fromEntries(Object.entries(arrays).filter(([name]) => name.startsWith(PARAMS)));
}

function batchArrays({ length, batchSize, inputSize, outputSize, ...arrays }: Batch): NamedArrays {
  return {
    'batch.inputs': { shape: [length, batchSize, inputSize], data: arrays.inputs },
    'batch.targets': { shape: [length, batchSize, outputSize], data: arrays.targets },
    'batch.mask': { shape: [length, batchSize], data: arrays.mask },
  };
}

/** Additions, multiplications and element functions of one training step, counted from the compiled program. */
function operationsOf({ assembly, batch }: Exercise): number {
  const { model, task, config } = assembly;
  const params = model.init(rng(config.seed, 'init'));
  const compiledModel = compile(model, (logits, answers) => rowLosses(task.loss, logits, answers), {
    params,
    optimizer: optimizer(config.optimizer),
  });
  tf.dispose(leaves<tf.Tensor>(params).map(([, leaf]) => leaf));
  try {
    return profile(compiledModel, batch, { repetitions: 1 }).flops;
  } finally {
    compiledModel.dispose();
  }
}
