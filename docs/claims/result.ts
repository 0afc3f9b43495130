/** What was measured of a claim: docs/results/claims, a file each. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../results/claims');

/** One training run, and what its model came to on each test. */
export interface ClaimRun {
  readonly row: string;
  readonly training: string;
  readonly seed: number;
  /** What it was trained by, its seed aside. */
  readonly command: string;
  readonly sequences: number;
  /** Whether it solved what it was trained on. */
  readonly solved: boolean;
  readonly seconds: number;
  /** In the measure of the result, by the name of the test. */
  readonly values: Readonly<Record<string, number>>;
}

/** Every run of a claim. */
export interface ClaimResult {
  readonly schema: 'engram.claim/1';
  readonly version: string;
  readonly machine: string;
  readonly measure: string;
  readonly runs: readonly ClaimRun[];
}

/** Where the result of a claim is kept. */
export const resultPath = (name: string): string => join(folder, `${name}.json`);

/** The result of a claim, where there is one. */
export function readClaimResult(name: string): ClaimResult | undefined {
  return existsSync(resultPath(name)) ? JSON.parse(readFileSync(resultPath(name), 'utf8')) : undefined;
}
