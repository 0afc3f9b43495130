/**
 * `jiti docs/costs.ts <bench.json> [machine]`: what a step of each cell costs, of what `npm run bench -- --only cells --json`
 * measured, into docs/results/costs/cells.json, which docs/cells.md and `engram cells` tell.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { KeptCosts } from '../src/cli/shell/kept-results.ts';
import { packageFile } from '../src/cli/shell/version.ts';

const [file] = process.argv.slice(2);
if (file === undefined)
  throw new Error(
    'expected a file that npm run bench -- --only cells --json wrote: jiti docs/costs.ts cells.json',
  );
const { date, engram, machine, rounds, workloads } = JSON.parse(readFileSync(file, 'utf8'));
const cells: Record<string, KeptCosts['cells'][string]> = {};
// Other forms of a cell, which have names of their own, are left out.
for (const { name, cell, batch, steps, parameters, operations, threads, milliseconds } of workloads) {
  if (name !== `cell-${cell}`) continue;
  const before = cells[cell]?.milliseconds;
  cells[cell] = {
    parameters,
    batch,
    steps,
    operations,
    milliseconds: { ...before, [threads]: milliseconds.compiled },
  };
}
const { cpu, cores, node } = machine;
const kept: KeptCosts = {
  schema: 'engram.costs/1',
  version: engram,
  date: date.slice(0, 10),
  command: `npm run bench -- --only cells --rounds ${rounds} --json`,
  machine: `${cpu}, ${cores} cores, Node ${node}`,
  rounds,
  cells,
};
writeFileSync(packageFile('docs/results/costs/cells.json'), `${JSON.stringify(kept, null, 2)}\n`);
