import { describe, expect, it } from 'vitest';
import { type Source, sources } from './sources.ts';

/** The part of the house that a file belongs to. */
function partOf(path: string): string {
  if (path.startsWith('tasks/')) return 'tasks';
  return /^src\/([^/]+)/.exec(path)?.[1] ?? path;
}

/** What may stand on everything below it; nothing stands on it. */
const all = [
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
  'experiments',
];

/** Whom each part may import, beside itself. Nothing is said of types, which leave nothing behind. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  tasks: ['core'],
  cells: ['core'],
  memories: ['core'],
  jit: ['core'],
  train: ['core', 'jit'],
  report: ['core'],
  experiments: ['core', 'memories', 'report'],
  'registry.ts': ['core', 'cells', 'tasks', 'experiments', 'train'],
  app: ['core', 'cells', 'jit', 'train', 'report', 'registry.ts'],
  runs: ['core', 'train'],
  compare: ['core', 'train', 'report', 'registry.ts', 'app', 'runs'],
  bench: ['core', 'jit', 'train', 'report', 'registry.ts', 'app', 'runs'],
  'cell.ts': ['core', 'cells', 'tasks', 'train'],
  'index.ts': ['core', 'cells', 'memories', 'jit', 'train', 'registry.ts'],
  // The doors are lent to files of a person's own.
  cli: [...all, 'compare', 'bench', 'index.ts', 'cell.ts'],
};

/** Where `node:*` may be imported; the rest runs in a page too. */
const needsNode = ['cli', 'runs', 'compare', 'bench'];

/** The doors of the package that a page may use. */
const pageDoors = [
  'src/index.ts',
  'src/cell.ts',
  'src/jit/index.ts',
  'src/memories/index.ts',
  'src/report/index.ts',
  'tasks/index.ts',
];

const isOurs = (path: string) => path.startsWith('src/') || path.startsWith('tasks/');
const importsOf = ({ imports, lateImports }: Source) => [...imports, ...lateImports];
const byPath = new Map(sources.map((source) => [source.path, source]));

/** Every module that is loaded with these, now or late, ours and others'. */
function reachedFrom(starts: readonly string[], imports: (source: Source) => readonly string[]): Set<string> {
  const reached = new Set<string>();
  const reach = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    const source = byPath.get(path);
    for (const to of source ? imports(source) : []) reach(to);
  };
  for (const start of starts) reach(start);
  return reached;
}

describe('layers', () => {
  it('are imported in one direction', () => {
    const wrong = sources.flatMap((source) =>
      importsOf(source)
        .filter(isOurs)
        .filter(
          (to) => partOf(to) !== partOf(source.path) && !mayImport[partOf(source.path)]?.includes(partOf(to)),
        )
        .map((to) => `${source.path} -> ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keep node:* to what needs a machine', () => {
    const users = sources.filter((source) => importsOf(source).some((name) => name.startsWith('node:')));
    const elsewhere = users.map(({ path }) => path).filter((path) => !needsNode.includes(partOf(path)));
    expect(elsewhere).toEqual([]);
  });

  it('let a page load every door but engram/runs, and what page and command line share', () => {
    const shared = sources.map(({ path }) => path).filter((path) => partOf(path) === 'app');
    const reached = reachedFrom([...pageDoors, ...shared], importsOf);
    expect(reached.size).toBeGreaterThan(100);
    expect([...reached].filter((name) => name.startsWith('node:'))).toEqual([]);
    expect([...reached].filter((path) => needsNode.includes(partOf(path)))).toEqual([]);
    expect([...reachedFrom(['src/runs/index.ts'], importsOf)]).toContain('node:fs');
  });

  it('have one door to TensorFlow.js', () => {
    const users = sources.filter((source) =>
      importsOf(source).some((name) => name.startsWith('@tensorflow/')),
    );
    expect(users.map(({ path }) => path).sort()).toEqual([
      'src/core/backend.ts',
      'src/core/tensorflow/import.ts',
    ]);
  });

  it('keep the tensor library from the memories', () => {
    const reached = reachedFrom(['src/memories/index.ts'], importsOf);
    expect([...reached]).toContain('src/core/errors.ts');
    expect([...reached].filter((name) => name.startsWith('@tensorflow/'))).toEqual([]);
  });

  it('have no cycles', () => {
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
    const reached = reachedFrom(
      ['src/cli/main.ts', 'src/cli/start.ts', 'src/cli/shell/run.ts'],
      ({ imports }) => imports,
    );
    expect(reached.size).toBeGreaterThan(10);
    const packages = [...reached].filter((name) => !isOurs(name) && !name.startsWith('node:'));
    expect(packages).toEqual(['fastest-levenshtein']);
  });
});
