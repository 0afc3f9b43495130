/** The modules that are started as processes of their own. */
import { fileURLToPath } from 'node:url';

/** The command `engram`, as another process or machine with the same folders begins it. */
export const mainProgram: readonly [string, string] = [
  process.execPath,
  fileURLToPath(new URL('../main.js', import.meta.url)),
];

/** The command `engram` as a child that ends with us. */
export const trialProgram: string = fileURLToPath(new URL('../trial.js', import.meta.url));
