import { setFlagsFromString } from 'node:v8';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumArguments, chromiumPath } from './chromium.ts';
import { abilities, firstLosses, type LossesOptions } from './losses.ts';
import type { PageWindow } from './page.ts';
import { openSite, type Site } from './site.ts';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  // Node 20 multiplies and adds in one rounding only when told; later versions, and browsers, always do.
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  site = await openSite();
  browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArguments });
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Runs `use` in a fresh page; what the page complains of is the test's failure. */
async function inPage<T>(kind: 'isolated' | 'plain', use: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  try {
    await page.goto(site.url(kind));
    const result = await use(page);
    expect(complaints).toEqual([]);
    return result;
  } finally {
    await page.close();
  }
}

const inBrowser = (kind: 'isolated' | 'plain', options: LossesOptions) =>
  inPage(kind, (page) =>
    page.evaluate((given) => (window as unknown as PageWindow).engram.firstLosses(given), options),
  );

const steps = 10;

describe('the tiny Neural Turing Machine in a page', () => {
  it('has what it needs: one rounding in both engines, shared memory where headers allow it', async () => {
    const ask = (page: Page) => page.evaluate(() => (window as unknown as PageWindow).engram.abilities());
    expect(abilities()).toEqual({ relaxed: true, isolated: false });
    expect(await inPage('plain', ask)).toEqual({ relaxed: true, isolated: false });
    expect(await inPage('isolated', ask)).toEqual({ relaxed: true, isolated: true });
  });

  it.each([
    { relaxed: false, threads: 1 },
    { relaxed: true, threads: 1 },
  ])("compiles and trains: its first 10 losses are Node's, to the bit, %o", async (options) => {
    const expected = await firstLosses({ steps, ...options });
    expect(expected).toHaveLength(steps);
    expect(new Set(expected).size).toBe(steps);
    for (const loss of expected) expect(loss).toBeGreaterThan(0);
    expect(await inBrowser('plain', { steps, ...options })).toEqual(expected);
  });

  it('rounds once where it is told to: the losses differ, by little', async () => {
    // The last bits of the first losses may agree by chance; those of forty do not.
    const [once, twice] = await Promise.all(
      [true, false].map((relaxed) => inBrowser('plain', { steps: 40, relaxed, threads: 1 })),
    );
    expect(once).not.toEqual(twice);
    once!.forEach((loss, i) => {
      expect(Math.abs(loss - twice![i]!)).toBeLessThan(1e-3 * loss);
    });
  });

  it('gives the same on two threads where memory can be shared, and on one where it cannot', async () => {
    const expected = await firstLosses({ steps, relaxed: true, threads: 1 });
    expect(await inBrowser('isolated', { steps, relaxed: true, threads: 2 })).toEqual(expected);
    expect(await inBrowser('plain', { steps, relaxed: true, threads: 2 })).toEqual(expected);
  });
});
