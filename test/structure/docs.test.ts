/** The pages of cells and tasks say what the library says: they are made of it, and `npm run docs` makes them anew. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cellPage, taskPage } from '../../docs/catalog.ts';
import { runsOf } from '../../docs/claims/asked.ts';
import { claims } from '../../docs/claims/claims.ts';
import { readClaimResult } from '../../docs/claims/result.ts';
import { learningPage } from '../../docs/learning.ts';
import { views } from '../../docs/views.ts';
import { listCell } from '../../src/app/presets.ts';
import { keptCosts } from '../../src/cli/shell/kept-results.ts';
import { cells, registry } from '../../src/registry.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

it('docs/cells.md is of this library: npm run docs', async () => {
  const page = read('cells.md');
  for (const name of Object.keys(cells)) expect(page).toContain(`\n## ${name}\n`);
  expect(page).toBe(await cellPage());
});

it('docs/tasks.md is of this library: npm run docs', () => {
  const page = read('tasks.md');
  for (const name of Object.keys(registry.tasks)) expect(page).toContain(`\n## ${name}\n`);
  expect(page).toBe(taskPage());
});

it('docs/learning.md is of the results that are kept: npm run docs', () => {
  expect(read('learning.md')).toBe(learningPage());
});

it.each(Object.keys(cells))(
  '%s is told whole: equations, strengths, limits, costs and a picture',
  async (name) => {
    const [, section = ''] = new RegExp(`\n## ${name}\n([^]*?)(?=\n## |$)`).exec(read('cells.md')) ?? [];
    expect(section).toMatch(/```\n[^`]*(<-|=)[^`]*\n```/);
    for (const part of ['Good at: ', 'Fails at: ', 'Learned numbers on copy: ', 'Cost: ', 'Measured '])
      expect(section).toContain(`\n${part}`);
    expect(section).not.toContain('undefined');
    expect(section).toContain(`\n![${views[name]?.caption}](pictures/${name}.svg)\n`);
    const picture = read(`pictures/${name}.svg`);
    expect(picture).toContain(`>${name} on ${views[name]?.task}<`);
    expect(statSync(join(import.meta.dirname, '../../docs/pictures', `${name}.svg`)).size).toBeLessThan(
      60_000,
    );
    // What was measured is what trains now: measure anew where sizes have changed.
    const { parameters } = await listCell(name, 'copy');
    expect(keptCosts().cells[name]?.parameters).toBe(parameters.standard);
  },
);

it.each(Object.entries(claims))(
  '%s was measured by the commands it has now: npx jiti docs/claims/try.ts',
  (name, claim) => {
    const told = ({ row, training, seed, command }: ReturnType<typeof runsOf>[number]) =>
      [row, training, seed, command].join(' | ');
    expect(readClaimResult(name)?.runs.map(told)).toEqual(runsOf(claim).map(told));
  },
);
