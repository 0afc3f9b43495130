import { defineConfig } from 'vitest/config';
import { exportedKinds } from './support/kinds.ts';

/** One project a kind of test; `--project unit` runs one of them alone. */
const project = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: 'node' as const, ...options },
});

/** The unit tests of every cell, by where the cell is. */
const cellTests = exportedKinds('src/cells/kinds.ts').map(({ path }) =>
  path.replace(/^src\/(.*)\.ts$/, 'test/unit/$1.test.ts'),
);

/** Fixes the seed of every property. */
const seeds = 'test/support/seeds.ts';

/** `npm run test:faults`: all faults of a kind where the suite takes some, which takes minutes and not seconds. */
const whole = process.env.ENGRAM_FAULTS === 'whole';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    // Every core: by default one is left idle, which on two is half of them.
    maxWorkers: '100%',
    onConsoleLog: (log) => (log.includes('you are running TensorFlow.js in Node.js') ? false : undefined),
    projects: [
      // The files of a worker share their modules: loading the tensor library for each took as long as the tests.
      project('unit', { testTimeout: 60_000, setupFiles: [seeds], isolate: false }),
      project('property', { testTimeout: 60_000, setupFiles: [seeds], isolate: false }),
      project('golden', { testTimeout: 60_000, isolate: false }),
      // What replaces modules, to have a disk refuse or a package missing, has its own.
      project('faults', { testTimeout: whole ? 7_200_000 : 120_000, hookTimeout: 60_000 }),
      project('structure', { testTimeout: 60_000 }),
      // The cells' and training's own tests again, every step compiled.
      project('compiled', {
        include: [
          'test/compiled/**/*.test.ts',
          ...cellTests,
          'test/unit/cells/model.test.ts',
          'test/unit/train/{eager,loop}.test.ts',
        ],
        testTimeout: 60_000,
        setupFiles: ['test/compiled/setup.ts'],
      }),
      project('e2e', { testTimeout: 300_000, hookTimeout: 300_000 }),
    ],
  },
});
