/**
 * `jiti docs/pictures.ts [cell...]`: docs/pictures, of each cell what its memory does on a task that it has learned. Each
 * is trained by its tiny recipe, on one thread and from a fixed seed, into runs/pictures, where it is found the next time.
 * What keeps a picture small: one sequence of at most sixteen steps, one layer, one head, and at most three panels.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openMachine } from '../src/app/open-engine.ts';
import { host } from '../src/cli/shell/host.ts';
import { find } from '../src/core/lookup.ts';
import { rng } from '../src/core/rng.ts';
import { assemble } from '../src/registry.ts';
import { png } from '../src/report/png.ts';
import { sequenceRecord } from '../src/report/sequence.ts';
import { openTarget, type Target } from '../src/runs/target.ts';
import { portrait } from './portrait.ts';
import { wiped } from './traces-of-inputs.ts';
import { ANSWER, type View, views } from './views.ts';

const root = join(import.meta.dirname, '..');
const pictures = join(root, 'docs/pictures');
const runs = join(root, 'runs/pictures');

/** The run of a cell, which is trained where it is not there yet. */
function trained(cell: string, { task, seed, rate }: View): string {
  const run = join(runs, cell);
  if (existsSync(join(run, 'best'))) return run;
  rmSync(run, { recursive: true, force: true });
  const asked = `${task} --cell ${cell} --preset tiny --seed ${seed} --optimizer.rate ${rate}`;
  const until = '--sequences 50000 --until-solved --evaluation.everySteps 63 --checkpoint.everySteps 63';
  const argv = ['train', ...`${asked} ${until} --threads 1`.split(' '), '--out', run];
  const program = join(root, 'dist/src/cli/main.js');
  const { status } = spawnSync(process.execPath, [program, ...argv], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${cell}: expected ${task} to be solved, got exit ${status}`);
  return run;
}

/** The picture of a trained model. */
async function draw(view: View, { config, arrays }: Target): Promise<string> {
  const assembly = assemble(config);
  const { task, model } = assembly;
  const settings = { ...(assembly.settings as object), ...view.shown };
  const batch = task.sample(settings, rng(1, 'pictures'), 1);
  const machine = await openMachine(config, host);
  const engine = machine.open(assembly);
  engine.load(arrays);
  const result = engine.evaluate(batch, true);
  const without = engine.evaluate(wiped(batch), true);
  engine.dispose();
  const record = sequenceRecord({
    name: task.name,
    loss: task.loss,
    symbols: task.symbols?.(settings),
    batch,
    result: { ...result, probes: { ...result.probes, [ANSWER]: answersOf(result.logits, batch.length, 1) } },
    ...(model.probes && { about: model.probes }),
  });
  return portrait({
    title: `${config.cell.name} on ${task.name}`,
    view,
    record,
    without: { ...without.probes, [ANSWER]: answersOf(without.logits, batch.length, batch.length) },
  });
}

/** Logits as a probe. */
function answersOf(data: Float32Array, length: number, batchSize: number) {
  return { shape: [length, batchSize, data.length / (length * batchSize)], data };
}

mkdirSync(pictures, { recursive: true });
mkdirSync(runs, { recursive: true });
const asked = process.argv.slice(2);
for (const cell of asked.length > 0 ? asked : Object.keys(views)) {
  const view = find(views, 'cell', cell);
  const svg = await draw(view, openTarget(trained(cell, view)));
  writeFileSync(join(pictures, `${cell}.svg`), svg);
  // To be looked at.
  writeFileSync(join(runs, `${cell}.png`), await png(svg));
}
