import { defineConfig } from 'vitest/config';

/** One project a kind of test; `--project unit` runs one of them alone. */
const project = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: 'node' as const, ...options },
});

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    projects: [
      project('unit'),
      project('property', { testTimeout: 60_000 }),
      project('golden', { testTimeout: 60_000 }),
      project('structure', { testTimeout: 60_000 }),
      // The cells' and training's own tests again, every step compiled.
      project('compiled', {
        include: [
          'test/compiled/**/*.test.ts',
          'test/unit/cells/**/{irnn,lstm,fast-weights,ntm,model}.test.ts',
          'test/unit/train/{eager,loop}.test.ts',
        ],
        setupFiles: ['test/compiled/setup.ts'],
      }),
      project('e2e', { testTimeout: 300_000, hookTimeout: 300_000, fileParallelism: false }),
    ],
  },
});
