/** The pages of cells and tasks say what the library says: they are made of it, and `npm run docs` makes them anew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cellPage, taskPage } from '../../docs/catalog.ts';
import { learningPage } from '../../docs/learning.ts';
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
