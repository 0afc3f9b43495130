/**
 * The engines of this package as the benchmark sees them: opened on a workload, set back to its first parameters before
 * every turn, so that all measure the same steps however many they make.
 */

import { type Host, openMachine } from '../app/open-engine.ts';
import type { BackendName } from '../core/backend.ts';
import type { Batch, Engine, NamedArrays, StepResult } from '../core/contracts.ts';
import * as tf from '../core/tf.ts';
import type { Exercise } from './workloads.ts';

/** A turn: steps to make first, and steps to measure. */
export interface Turn {
  readonly warm: number;
  readonly steps: number;
}

/** An engine at work on one workload. */
export interface Contestant {
  /** From nothing to the first result, where something is compiled. */
  readonly compileSeconds?: number;
  /** The first steps of training. */
  first(steps: number): Promise<readonly StepResult[]>;
  /** Milliseconds of each measured step of a turn. */
  time(turn: Turn): Promise<readonly number[]>;
  close(): void;
}

/** An engine that takes part. */
export interface Competitor {
  /** Its column. */
  readonly name: string;
  /** How many threads it may use; left out where that cannot be chosen. */
  readonly threads?: number;
  /** Steps that take longer are not measured, in milliseconds. */
  readonly patience: number;
  /** @throws Error with one line that says why it cannot take part */
  open(exercise: Exercise): Promise<Contestant>;
  end(): void;
}

/** A step of more than this is left out, unless the engine is the one that others are compared with. */
const patience = 20_000;
/** Minutes of the slowest engine tell nobody anything. */
const cpuPatience = 2_000;

/** TensorFlow.js operation by operation; `versions` is told which libraries compute. */
export function eager(
  name: string,
  backend: BackendName,
  { host, versions }: { readonly host: Host; readonly versions: Record<string, string> },
): Competitor {
  return {
    name,
    patience: backend === 'cpu' ? cpuPatience : patience,
    async open({ assembly, batch, first }) {
      const choice = { engine: 'eager', backend, threads: 1, relaxedSimd: true } as const;
      const machine = await openMachine(choice, host);
      Object.assign(versions, machine.versions);
      return contestant(machine.open(assembly), { batch, first, ready: () => tf.setBackend(backend) });
    },
    end: () => undefined,
  };
}

/** The compiled program. */
export function compiled(threads: number, host: Host): Competitor {
  return {
    name: 'compiled',
    threads,
    patience,
    async open({ assembly, batch, first }) {
      const choice = { engine: 'compiled', backend: 'auto', threads, relaxedSimd: true } as const;
      const machine = await openMachine(choice, host);
      const start = performance.now();
      const engine = machine.open(assembly);
      engine.trainStep(batch);
      const compileSeconds = (performance.now() - start) / 1000;
      return { ...contestant(engine, { batch, first, ready: async () => true }), compileSeconds };
    },
    end: () => undefined,
  };
}

interface Work {
  readonly batch: Batch;
  readonly first: NamedArrays;
  /** Makes its backend the current one. */
  ready(): Promise<boolean>;
}

function contestant(engine: Engine, { batch, first, ready }: Work): Contestant {
  return {
    async first(steps) {
      await ready();
      engine.load(first);
      return Array.from({ length: steps }, () => engine.trainStep(batch));
    },
    async time({ warm, steps }) {
      await ready();
      engine.load(first);
      for (let i = 0; i < warm; i++) engine.trainStep(batch);
      return Array.from({ length: steps }, () => {
        const start = performance.now();
        engine.trainStep(batch);
        return performance.now() - start;
      });
    },
    close: () => engine.dispose(),
  };
}
