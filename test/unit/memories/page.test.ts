/** The code of docs/memories.md does what its comments say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import * as memories from '../../../src/memories/index.ts';

it('docs/memories.md shows code that says what it says there', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/memories.md'), 'utf8');
  const code = /^```ts\n([\s\S]*?)^```$/m.exec(page)![1]!;
  const lines: string[] = [];
  const body = code.replace(/^import (\{.*\}) from 'engram\/memories';$/m, 'const $1 = memories;');
  const told = { log: (value: unknown) => void lines.push(inspect(value)) };
  new Function('memories', 'console', body)(memories, told);
  const expected = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, comment]) => comment!);
  expect(expected.length).toBeGreaterThan(5);
  expect(lines.map((line) => line.replace(/^'(.*)'$/, '$1'))).toEqual(expected);
});
