/** `engram check` as a user types it, on the guide's own example and on what is wrong with it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { engram, expectRefusal, workFolder } from './engram.ts';

const folder = workFolder('check');
const cwd = folder.path;
const guide = readFileSync(join(import.meta.dirname, '../../docs/writing-a-cell.md'), 'utf8');
const example = /```ts\n(.*?)```/s.exec(guide)![1]!;

beforeAll(() => {
  writeFileSync(join(cwd, 'leaky.ts'), example);
  writeFileSync(join(cwd, 'unfit.ts'), example.replace('tf.concat([input, h], 1)', 'h'));
});
afterAll(folder.remove);

it("finds nothing wrong with the guide's example", async () => {
  const { stdout, stderr, code } = await engram(['check', './leaky.ts', '--cell.size', '12'], { cwd });
  expect([stderr, code]).toEqual(['', 0]);
  expect(stdout).toMatch(/^leaky {2}cell\n {2}init +ok +\d+ parameters in 2/);
  expect(stdout).toMatch(/ms a training step .*\nall is well: engram train copy --cell \.\/leaky\.ts\n$/);
});

it('names the line that does not fit, and leaves with 2', async () => {
  const { stdout, code } = await engram(['check', './unfit.ts', '--json'], { cwd });
  expect(code).toBe(2);
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { verdict: string; detail: string }[] };
  const wrong = checks.filter(({ verdict }) => verdict === 'wrong');
  expect([ok, wrong.length]).toEqual([false, 1]);
  const line = example.split('\n').findIndex((text) => text.includes('tf.matMul(')) + 1;
  expect(wrong[0]!.detail).toMatch(
    new RegExp(`^unfit\\.ts:${line}: expected .*Error in matMul: inner shapes`),
  );
});

it.each([
  ['as it is loaded', (text: string) => text.replace('export default', 'process.exit(0);\nexport default')],
  ['in a step', (text: string) => text.replace(/(\n +)(const \w+ = tf\.)/, '$1process.exit(0);$1$2')],
])('does not take it for well that the code ends the process %s', async (_, change) => {
  const text = change(example);
  writeFileSync(join(cwd, 'ending.ts'), text);
  const line = text.split('\n').findIndex((one) => one.includes('process.exit')) + 1;
  expectRefusal(
    await engram(['check', './ending.ts'], { cwd }),
    2,
    `engram check: ending.ts:${line}: expected the command to come to its end, got process.exit in the code that it runs; take that out\n`,
  );
});

it('checks what ships, and a task', async () => {
  const { stdout, code } = await engram(['check', 'copy'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^copy {2}task\n(.*\n){7}all is well: engram train copy\n$/);
});

it('refuses a name that is neither, and settings that there are not', async () => {
  expectRefusal(
    await engram(['check', 'ltsm'], { cwd }),
    2,
    /expected a cell or task, got ltsm; did you mean lstm\?/,
  );
  expectRefusal(await engram(['check', 'lstm', '--cell.sise', '3'], { cwd }), 2, /cell\.sise; did you mean/);
});
