import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CrashState, crashStates } from './crash-states.ts';
import { wrongIn } from './recovery.ts';
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

const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'engram-crash-')));
const before = process.cwd();
beforeAll(() => {
  process.chdir(root);
  // Where code that was run is remembered.
  vi.stubEnv('XDG_STATE_HOME', join(root, 'state'));
});
afterAll(() => {
  process.chdir(before);
  fs.rmSync(root, { recursive: true });
});

let evaluations: CheckpointEvaluations;
/** The folder after training that nothing stopped. */
let trained: Tree;
beforeAll(async () => {
  evaluations = await evaluateCheckpoints();
  writeTree(root, new Map());
  const { training } = scenarios(root);
  expect(await training.command()).toMatchObject({ code: 0 });
  trained = readTree(root);
});
beforeEach(() => writeTree(root, new Map()));

/** Many lines, of which the first say enough. */
const some = (lines: readonly string[]) => lines.slice(0, 12).map((line) => line.slice(0, 300));

const isWhole = process.env.ENGRAM_FAULTS === 'whole';

describe.each(scenarios(root).all.filter(({ isAlike }) => isWhole || !isAlike))(
  '$name, killed at any point',
  (scenario) => {
    it('leaves nothing lost, stale or left over', async () => {
      await scenario.prepare();
      const { calls, points, states } = await crashStates(root, scenario.command);
      const whole = scenario.trains ? trained : readTree(root);
      const wrong: string[] = [];
      for (const state of states) {
        // Most of what a power cut leaves are drafts that are cut elsewhere.
        if (state.powerCut && !isWhole && scenario.trains && scenario.name !== 'train') continue;
        const found = await wrongIn(root, scenario, { whole, evaluations }, state);
        if (found.length > 0) wrong.push(`${state.at}:`, ...found.map((line) => `  ${line}`));
      }
      expect(some(wrong)).toEqual([]);
      expect(states.length).toBeLessThanOrEqual(2 * points);
      console.info(`${scenario.name}: ${calls} calls, ${points} points, ${states.length} folders`);
    });
  },
);

/** Some of many, spread over all; all in the large form. */
function everyFew<T>(all: readonly T[]): T[] {
  return isWhole ? [...all] : all.filter((_, i) => i % 12 === 5);
}

describe('training that is killed, and killed again when it goes on', () => {
  it('comes to the same end', async () => {
    const { training } = scenarios(root);
    const wrong: string[] = [];
    const seen = new Set<string>();
    const isNew = ({ tree, powerCut }: CrashState) => {
      const hash = treeHash(tree);
      const known = powerCut || seen.has(hash);
      seen.add(hash);
      return !known;
    };
    const check = (at: string) => {
      const found = treeDifferences(readTree(root), trained);
      if (found.length > 0) wrong.push(`${at}:`, ...found.map((line) => `  ${line}`));
    };
    const first = (await crashStates(root, training.command)).states.filter(isNew);
    for (const one of everyFew(first)) {
      writeTree(root, one.tree);
      const { states } = await crashStates(root, training.again);
      check(one.at);
      for (const another of everyFew(states.filter(isNew))) {
        writeTree(root, another.tree);
        await training.again();
        check(`${one.at}, then ${another.at}`);
      }
    }
    expect(some(wrong)).toEqual([]);
    console.info(`killed twice: ${seen.size} folders`);
  });
});
