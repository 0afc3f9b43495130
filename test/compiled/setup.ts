/**
 * Runs the unit tests of cells and training with every step compiled: kinds of cells make compiled cells, models step
 * by their programs, and the eager engine is the compiled one. Nothing falls back: a cell's own
 * functions run while it is traced, and a file in which nothing ran compiled fails.
 */
import { join } from 'node:path';
import { afterAll, expect, vi } from 'vitest';
import type { CellKind, Model } from '../../src/core/contracts.ts';
import type { EngineOptions } from '../../src/train/engine.ts';
import { exportedKinds } from '../support/kinds.ts';

type Original = <T>() => Promise<T>;

/** A kind that makes compiled cells; the same settings make the same cell, so that it is compiled once. */
async function compiledKind(original: Original, name: string): Promise<Record<string, unknown>> {
  const { compiledCell } = await import('./compiled-cell.ts');
  const exports = await original<Record<string, unknown>>();
  const kind = exports[name] as CellKind;
  const made = new Map<string, ReturnType<CellKind['create']>>();
  return {
    ...exports,
    [name]: {
      ...kind,
      create(settings, sizes) {
        const key = JSON.stringify([settings, sizes]);
        const known = made.get(key) ?? compiledCell(kind.create(settings, sizes));
        made.set(key, known);
        return known;
      },
    } satisfies CellKind,
  };
}

for (const { name, path } of exportedKinds('src/cells/kinds.ts'))
  vi.doMock(join(import.meta.dirname, '../..', path), (original) => compiledKind(original as Original, name));

vi.mock('../../src/cells/model.ts', async (original) => {
  const { compiledCell } = await import('./compiled-cell.ts');
  const exports = await (original as Original)<typeof import('../../src/cells/model.ts')>();
  return {
    ...exports,
    model: (...args: Parameters<typeof exports.model>) => compiledCell(exports.model(...args) as Model),
  };
});

vi.mock('../../src/train/eager.ts', async () => {
  const { counts } = await import('./compiled-cell.ts');
  const { compiledEngine } = await import('../../src/train/compiled.ts');
  return {
    eagerEngine(options: EngineOptions) {
      counts.programs++;
      const engine = compiledEngine({ ...options, relaxed: false });
      return engine;
    },
  };
});

afterAll(async () => {
  const { counts } = await import('./compiled-cell.ts');
  expect(counts.programs, 'compiled programs in this file').toBeGreaterThan(0);
});
