import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Call } from './disk.ts';
import type { Ended } from './process.ts';
import { isNote, wrongIn } from './recovery.ts';
import { callsOf, errorsOf, type Refusal, refusing } from './refusals.ts';
import { keyOf, remembered, rememberingMachine } from './remembered.ts';
import { type CheckpointEvaluations, evaluateCheckpoints, scenarios } from './scenarios.ts';
import { readTree, type Tree, treeDifferences, treeHash, writeTree } from './tree.ts';

vi.mock('../../../src/app/open-engine.ts', async (original) => {
  const real = await original<typeof import('../../../src/app/open-engine.ts')>();
  const openMachine: typeof real.openMachine = async (...given) =>
    rememberingMachine(await real.openMachine(...given));
  return { ...real, openMachine };
});
vi.mock('../../../src/report/png.ts', async (original) => {
  const real = await original<typeof import('../../../src/report/png.ts')>();
  const png: typeof real.png = (...given) => remembered(keyOf('png', given), () => real.png(...given));
  return { ...real, png };
});

const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'engram-refused-')));
const before = process.cwd();
let evaluations: CheckpointEvaluations;
let trained: Tree;
beforeAll(async () => {
  process.chdir(root);
  // Where code that was run is remembered.
  vi.stubEnv('XDG_STATE_HOME', join(root, 'state'));
  evaluations = await evaluateCheckpoints();
  writeTree(root, new Map());
  expect(await scenarios(root).training.command()).toMatchObject({ code: 0 });
  trained = readTree(root);
});
afterAll(() => {
  process.chdir(before);
  fs.rmSync(root, { recursive: true });
});
beforeEach(() => writeTree(root, new Map()));

const isWhole = process.env.ENGRAM_FAULTS === 'whole';

/** Every error of every call, once and from there on; in the suite one of these for each call, in turn. */
function refusalsOf(calls: readonly Call[]): Refusal[] {
  return calls.flatMap((call, i) => {
    const all = errorsOf(call).flatMap((code) =>
      [false, true].map((goesOn) => ({ code, at: i + 1, goesOn })),
    );
    return isWhole ? all : [all[i % all.length]!];
  });
}

/** What is wrong with how a command ended: one line says what was refused, or all was done. */
function wrongEnd({ code, stderr, thrown }: Ended, well: Ended, differences: readonly string[]): string[] {
  // What could not be looked into or removed is kept, and cleared by who goes on.
  const isKept = (line: string) => /^run\/(lock|checkpoints\/step-\d+\/.*): left over$/.test(line);
  // A line says that it could not be noted that this user has run the code.
  const isTold = (line: string) => line.startsWith('state/') && stderr.includes('expected to note that');
  const silent = differences.filter((line) => !isKept(line) && !isNote(line) && !isTold(line));
  if (code === well.code) return silent.map((line) => `exit ${code}, ${line}`);
  const last = stderr.trimEnd().split('\n').at(-1)!;
  const told = /^engram [\w-]+: (StorageError|UsageError|SystemError): .*\b(ENOSPC|EIO|EACCES|EMFILE)\b/;
  const right = [1, 2].includes(code) && told.test(last) && !/damaged/.test(stderr);
  return right ? [] : [`exit ${code}, ${last}, ${/\n *at \S+ .*?(src.*)/.exec(thrown ?? '')?.[1]}`];
}

describe.each(scenarios(root).all.filter(({ isAlike }) => isWhole || !isAlike))(
  '$name, refused by the disk',
  (scenario) => {
    it('says so in a line, and loses nothing', async () => {
      await scenario.prepare();
      const begun = readTree(root);
      const { calls, result: well } = await callsOf(root, scenario.command);
      const whole = scenario.trains ? trained : readTree(root);
      const ended = readTree(root);
      const wrong: string[] = [];
      const seen = new Set<string>();
      const cases = refusalsOf(calls);
      for (const refusal of cases) {
        writeTree(root, begun);
        const end = await refusing(root, refusal, scenario.command);
        const tree = readTree(root);
        const found = wrongEnd(end, well, treeDifferences(tree, ended));
        const hash = treeHash(tree);
        if (!seen.has(hash))
          found.push(...(await wrongIn(root, scenario, { whole, evaluations }, { tree, powerCut: false })));
        seen.add(hash);
        const { name, path } = calls[refusal.at - 1]!;
        const where = `${refusal.code} ${refusal.goesOn ? 'from' : 'at'} call ${refusal.at}, ${name} ${path}`;
        if (found.length > 0) wrong.push(`${where}:`, ...found.map((line) => `  ${line}`));
      }
      expect(wrong.slice(0, 12).map((line) => line.slice(0, 300))).toEqual([]);
      console.info(`${scenario.name}: ${calls.length} calls, ${cases.length} refusals, ${seen.size} folders`);
    });
  },
);
