/** What src/jit/README.md shows under "Use it" is run as it stands there, on the page's own cell, by the built package. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, expect, it } from 'vitest';
import { bare, workFolder } from './engram.ts';

const root = join(import.meta.dirname, '../..');
const page = fs.readFileSync(join(root, 'src/jit/README.md'), 'utf8');
const block = (name: string) => page.split(`<!-- ${name} -->\n\`\`\`ts\n`)[1]!.split('\n```')[0]!;
const folder = workFolder('jit-readme');
afterAll(folder.remove);

it('the example learns, and prints graph, program, module and profile', () => {
  const [imports, ...rest] = block('use').split('\n\n');
  const source = [imports, block('cell'), ...rest].join('\n\n');
  const { ESNext } = ts.ModuleKind;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ESNext, target: ts.ScriptTarget.ESNext, verbatimModuleSyntax: false },
  });
  fs.mkdirSync(join(folder.path, 'node_modules'));
  fs.symlinkSync(root, join(folder.path, 'node_modules', 'engram'), 'dir');
  fs.writeFileSync(join(folder.path, 'example.mjs'), outputText);
  const env = { ...process.env, ...bare };
  const stdout = execFileSync(process.execPath, ['example.mjs'], { cwd: folder.path, env, encoding: 'utf8' });
  expect(stdout).toMatch(/^step simplify \d+$/m);
  const losses = [...stdout.matchAll(/^\d+ (\S+) \S+$/gm)].map(([, loss]) => Number(loss));
  expect(losses).toHaveLength(20);
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
  // [T,B,O] = 7 x 2 x 4
  expect(stdout).toMatch(/^56$/m);
  expect(stdout).toMatch(/^next\.h = %\d+$/m);
  expect(stdout).toMatch(/^backward: for t = T-1 \.\.\. 0, B rows$/m);
  expect(stdout).toMatch(/^\(module$/m);
  expect(stdout).toMatch(/^step of 2 sequences of 7 +\d/m);
});
