/** This process and its machine, as the parts that are free of Node are told of them. */
import { availableParallelism, totalmem } from 'node:os';
import v8 from 'node:v8';
import type { Host, Machine } from '../../app/open-engine.ts';
import * as tf from '../../core/tf.ts';
import { hasRelaxedSimd } from '../../jit/index.ts';
import type { Meta } from '../../runs/folder.ts';
import { probedNative } from './native-probe.ts';
import { packageVersion } from './version.ts';

/** What is under us. */
export const host: Host = {
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  native: () => probedNative(),
  relaxedSimd: relaxedSimdWorks,
};

/** Node 20 has fused multiply-add behind a flag, which must be set before anything is compiled. */
function relaxedSimdWorks(): boolean {
  if (!hasRelaxedSimd()) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return hasRelaxedSimd();
}

/** What goes into a run's meta.json. */
export function describeRun(seed: number, machine: Machine, argv: readonly string[]): Meta {
  const { engine, backend, simd, relaxedSimd, versions } = machine;
  return {
    schema: 'engram.run/1',
    created: new Date().toISOString(),
    argv,
    seed,
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
    machine: `${process.platform} ${process.arch}, ${host.cores} cores`,
  };
}
