/**
 * Computing remembered by what goes in: an engine whose every step and evaluation is the real one's, computed once for
 * the same arrays and batch. Hundreds of commands train, go on and evaluate the same few steps here.
 */
import { createHash } from 'node:crypto';
import type { Machine } from '../../../src/app/open-engine.ts';
import type { Batch, Engine, EvalResult, NamedArrays, StepResult } from '../../../src/core/contracts.ts';
import type { Assembly } from '../../../src/registry.ts';

const known = new Map<string, unknown>();

/** What is computed of this, now or before. */
export function remembered<R>(key: string, compute: () => R): R {
  if (!known.has(key)) known.set(key, compute());
  return known.get(key) as R;
}

/** The key of plain data and arrays. */
export function keyOf(...parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  const add = (part: unknown): void => {
    if (ArrayBuffer.isView(part)) hash.update(part as Uint8Array);
    else if (typeof part === 'object' && part !== null)
      for (const [name, value] of Object.entries(part)) {
        hash.update(`${name}:`);
        add(value);
      }
    else hash.update(`${String(part)};`);
  };
  parts.forEach(add);
  return hash.digest('hex');
}

/** A machine whose engines remember. */
export function rememberingMachine(machine: Machine): Machine {
  return { ...machine, open: (assembly) => rememberingEngine(machine, assembly) };
}

function rememberingEngine(machine: Machine, assembly: Assembly): Engine {
  const { task, cell, seed, optimizer, model } = assembly.config;
  const made = keyOf(machine.engine, machine.backend, { task, cell, seed, optimizer, model });
  let real: Engine | undefined;
  const engine = () => {
    real ??= machine.open(assembly);
    return real;
  };
  const { name, backend, parameterCount, first } = remembered(`${made} opened`, () => {
    const { name, backend, parameterCount } = engine();
    return { name, backend, parameterCount, first: engine().save() };
  });
  /** What the engine holds, and what the real one does, where it has been brought there. */
  let arrays = first;
  let held: NamedArrays | undefined = real && first;
  const there = () => {
    if (held !== arrays) engine().load(arrays);
    held = arrays;
    return engine();
  };
  return {
    name,
    backend,
    parameterCount,
    trainStep(batch: Batch): StepResult {
      const { result, after } = remembered(keyOf(made, 'train', arrays, batch), () => {
        const result = there().trainStep(batch);
        return { result, after: engine().save() };
      });
      arrays = after;
      if (real) held = undefined;
      return result;
    },
    evaluate: (batch: Batch, probe = false): EvalResult =>
      remembered(keyOf(made, 'evaluate', arrays, batch, probe), () => there().evaluate(batch, probe)),
    save: () => arrays,
    load(given: NamedArrays) {
      // What is missing begins afresh, which the real one knows.
      arrays = remembered(keyOf(made, 'load', given), () => {
        held = undefined;
        engine().load(given);
        return engine().save();
      });
    },
    dispose: () => real?.dispose(),
  };
}
