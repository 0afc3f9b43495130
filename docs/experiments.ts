/**
 * docs/experiments: what came of the experiments, kept as data and as a picture of the first seed.
 * `jiti docs/experiments.ts 101,102,103 [ids]` runs them and writes a file for each.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataHere } from '../src/cli/shell/data.ts';
import { packageVersion } from '../src/cli/shell/version.ts';
import { experiments } from '../src/experiments/all.ts';
import { passed } from '../src/experiments/experiment.ts';

const [seeds = '101,102,103', ids = Object.keys(experiments).join()] = process.argv.slice(2);
const folder = join(import.meta.dirname, 'experiments');
mkdirSync(folder, { recursive: true });

for (const id of ids.split(',')) {
  const { claim, source, run } = experiments[id]!;
  const runs = [];
  for (const seed of seeds.split(',').map(Number)) {
    const { checks, figures } = await run({ seed, data: dataHere });
    runs.push({ seed, pass: passed({ checks, figures }), checks });
    if (runs.length === 1)
      for (const { name, svg } of figures) writeFileSync(join(folder, `${name}.svg`), svg);
    const kept = { schema: 'engram.experiment-runs/1', version: packageVersion(), id, claim, source, runs };
    writeFileSync(join(folder, `${id}.json`), `${JSON.stringify(kept, null, 2)}\n`);
    console.log(id, seed, runs.at(-1)!.pass ? 'pass' : 'FAIL');
  }
}
