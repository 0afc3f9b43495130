import { describe, expect, it } from 'vitest';
import { type Source, sources } from './sources.ts';

/** The part of the house that a file belongs to. */
function partOf(path: string): string {
  if (path.startsWith('tasks/')) return 'tasks';
  return /^src\/([^/]+)/.exec(path)![1]!;
}

/** Whom each part may import, beside itself. Nothing is said of types, which leave nothing behind. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  tasks: ['core'],
  cells: ['core'],
  memories: ['core'],
  jit: ['core'],
  train: ['core', 'jit'],
  report: ['core'],
  'registry.ts': ['core', 'cells', 'tasks', 'experiments', 'train'],
  app: ['core', 'jit', 'train', 'report', 'registry.ts', 'runs', 'cli'],
  runs: ['core', 'train', 'registry.ts', 'cli'],
  bench: ['core', 'jit', 'train', 'report', 'registry.ts', 'app', 'runs', 'cli'],
  'cell.ts': ['core', 'cells', 'tasks', 'train'],
  'index.ts': ['core', 'cells', 'memories', 'jit', 'train', 'registry.ts', 'runs'],
  cli: [
    'core',
    'cells',
    'tasks',
    'memories',
    'jit',
    'train',
    'report',
    'registry.ts',
    'app',
    'runs',
    'bench',
  ],
};

const isOurs = (path: string) => path.startsWith('src/') || path.startsWith('tasks/');
const all = ({ imports, lateImports }: Source) => [...imports, ...lateImports];

describe('layers', () => {
  it('are imported in one direction', () => {
    const wrong = sources.flatMap((source) =>
      all(source)
        .filter(isOurs)
        .filter(
          (to) => partOf(to) !== partOf(source.path) && !mayImport[partOf(source.path)]?.includes(partOf(to)),
        )
        .map((to) => `${source.path} -> ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keep node:* to what needs a machine', () => {
    const users = sources.filter((source) => all(source).some((name) => name.startsWith('node:')));
    const elsewhere = users.filter(({ path }) => !/^src\/(cli|runs|bench|app)\//.test(path));
    expect(elsewhere).toEqual([]);
  });

  it('have one door to TensorFlow.js', () => {
    const users = sources.filter((source) => all(source).some((name) => name.startsWith('@tensorflow/')));
    expect(users.map(({ path }) => path).sort()).toEqual(['src/core/backend.ts', 'src/core/tf.ts']);
  });

  it('have no cycles', () => {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const done = new Set<string>();
    const visit = (path: string, above: readonly string[]): string[] => {
      if (above.includes(path)) return [[...above.slice(above.indexOf(path)), path].join(' -> ')];
      if (done.has(path)) return [];
      const found = (byPath.get(path)?.imports ?? [])
        .filter(isOurs)
        .flatMap((to) => visit(to, [...above, path]));
      done.add(path);
      return found;
    };
    expect(sources.flatMap(({ path }) => visit(path, []))).toEqual([]);
  });

  it('load nothing heavy before a command runs', () => {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const reached = new Set<string>();
    const reach = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const to of byPath.get(path)?.imports ?? []) reach(to);
    };
    for (const start of ['src/cli/main.ts', 'src/cli/shell/run.ts']) reach(start);
    expect(reached.size).toBeGreaterThan(10);
    const packages = [...reached].filter((name) => !isOurs(name) && !name.startsWith('node:'));
    expect(packages).toEqual(['fastest-levenshtein']);
  });
});
