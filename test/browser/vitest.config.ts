import { defineConfig } from 'vitest/config';
import { missingChromium } from './chromium.ts';

if (missingChromium) {
  console.error(missingChromium);
  process.exit(1);
}

/** Apart from the other tests, because it needs a browser: `npm run test:browser`. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    name: 'browser',
    include: ['test/browser/**/*.test.ts'],
    environment: 'node',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
