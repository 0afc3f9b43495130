/** Results that the package keeps in docs/results: comparisons, and what a step of each cell costs. */
import { readdirSync, readFileSync } from 'node:fs';
import type { PairSummary } from '../../compare/summary.ts';
import { packageFile } from './version.ts';

/** A trial, without its learning curve. */
export interface KeptTrial {
  readonly id: string;
  readonly ending: string;
  readonly reason: string | null;
  readonly sequences: number;
  readonly solvedAtSequences: number | null;
  readonly best: number | null;
}

/** What is kept of a comparison. */
export interface KeptComparison {
  readonly schema: 'engram.result/1';
  readonly version: string;
  /** Makes it anew. */
  readonly command: string;
  readonly machine: string;
  readonly seeds: number;
  readonly pairs: readonly PairSummary[];
  /** Every trial there was: search and final. */
  readonly trials: Readonly<Record<'search' | 'final', readonly KeptTrial[]>>;
}

/** What a training step of one cell costs at its standard size on copy of 20 vectors. */
export interface KeptCost {
  readonly parameters: number;
  /** Sequences in a step. */
  readonly batch: number;
  /** Time steps of each. */
  readonly steps: number;
  /** Additions, multiplications and element functions: forward, backward and optimizer. */
  readonly operations: number;
  /** Of the compiled engine, in the median, by the number of threads. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** What was measured of all cells at once. */
export interface KeptCosts {
  readonly schema: 'engram.costs/1';
  readonly version: string;
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  readonly rounds: number;
  readonly cells: Readonly<Record<string, KeptCost>>;
}

/** Every comparison by its name. */
export function keptComparisons(): Readonly<Record<string, KeptComparison>> {
  const names = readdirSync(packageFile('docs/results')).filter((name) => name.endsWith('.json'));
  return Object.fromEntries(
    names
      .sort()
      .map((name) => [name.slice(0, -'.json'.length), readJson<KeptComparison>(`docs/results/${name}`)]),
  );
}

/** What steps cost. */
export function keptCosts(): KeptCosts {
  return readJson('docs/results/costs/cells.json');
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(packageFile(path), 'utf8')) as T;
}

/** What one cell was measured to learn, a line for each comparison that it was in. */
export function learnedText(cell: string): string[] {
  return Object.entries(keptComparisons()).flatMap(([name, { pairs }]) => {
    const own = pairs.filter((pair) => pair.cell === cell);
    return own.length === 0
      ? []
      : [`${name}: ${own.map((pair) => `${pair.task} ${pairText(pair)}`).join('; ')}`];
  });
}

/** `3 of 3 after 2,016`, or how near it came. */
export function pairText({ solved, trials, sequencesToSolved, best, measure }: PairSummary): string {
  const after = sequencesToSolved.median ?? sequencesToSolved.first;
  const value = best.median === null ? '' : `, best ${Number(best.median.toPrecision(3))} ${measure}`;
  return `${solved} of ${trials}${after === null ? value : ` after ${after.toLocaleString('en-US')}`}`;
}

/** What a step of one cell costs, in a sentence; none where nothing was measured. */
export function costText(cell: string): string[] {
  const cost = Object.hasOwn(keptCosts().cells, cell) ? keptCosts().cells[cell] : undefined;
  if (cost === undefined) return [];
  const { operations, batch, steps, parameters, milliseconds } = cost;
  const each = Math.round(operations / (batch * steps) / 1000).toLocaleString('en-US');
  const times = Object.entries(milliseconds).map(
    ([threads, ms]) => `${ms.toPrecision(3)} ms on ${threads === '1' ? 'one thread' : `${threads} threads`}`,
  );
  return [
    `${each},000 operations a time step of one sequence, forward and backward; a training step of ${batch} sequences of ${steps} steps takes ${times.join(', ')} (${parameters.toLocaleString('en-US')} parameters)`,
  ];
}
