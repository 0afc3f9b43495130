/** The browser that the test drives: Debian's, or the one that CHROMIUM names. */
import { existsSync } from 'node:fs';

/** Where it is. */
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** One line on what is missing, or nothing. */
export const missingChromium = existsSync(chromiumPath)
  ? undefined
  : `test:browser: expected a browser at ${chromiumPath}, got none; apt-get install chromium, or set CHROMIUM to its path`;

/** Without a screen, and without anything that asks for a network. */
export const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
