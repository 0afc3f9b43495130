/** Whether nothing is lost in a folder that a command left: what is found there, and what it becomes when one goes on. */
import { type Ended, engram } from './process.ts';
import { type CheckpointEvaluations, fewSequences, type Scenario } from './scenarios.ts';
import { readTree, type Tree, treeDifferences, treeHash, writeTree } from './tree.ts';

/** What a scenario is held to. */
export interface Expected {
  /** The folder after the command was never cut short. */
  readonly whole: Tree;
  readonly evaluations: CheckpointEvaluations;
}

/** What may lack lines where the power was cut: a log of the clock. */
const UNSYNCED = /^run\/timing\.jsonl: /;
/** Notes that this user has run some code count by being there. */
export const isNote = (line: string) => /^state\/engram\/trusted\/\w+: .* in place of /.test(line);

/** What is wrong in a folder, a line each; nothing where all is well. */
export async function wrongIn(
  root: string,
  scenario: Scenario,
  { whole, evaluations }: Expected,
  state: { readonly tree: Tree; readonly powerCut: boolean },
): Promise<string[]> {
  const { tree, powerCut } = state;
  writeTree(root, tree);
  const wrong = [
    ...(scenario.trains ? await wrongToEval(tree, evaluations) : []),
    ...(await wrongToList(tree)),
  ];
  if (treeHash(readTree(root)) !== treeHash(tree)) wrong.push('what only reads has changed something');
  const ended = await scenario.again();
  const differences = treeDifferences(readTree(root), whole).filter(
    (line) => !isNote(line) && !(powerCut && UNSYNCED.test(line)),
  );
  if (ended.code !== 0) wrong.push(`going on: ${shown(ended)}`);
  return [...wrong, ...differences];
}

/** What `engram eval` says wrongly of a run that was left. */
async function wrongToEval(tree: Tree, evaluations: CheckpointEvaluations): Promise<string[]> {
  const best = bestIn(tree, evaluations);
  const ended = await engram(['eval', 'run', '--json', ...fewSequences]);
  const { code, stdout, stderr } = ended;
  const right =
    best === undefined ? code === 6 && stdout === '' : code === 0 && stdout === best && stderr === '';
  return right ? [] : [`eval: ${shown(ended)} in place of ${best ?? 'no checkpoint'}`];
}

/** What `engram runs ls` says wrongly of the runs that were left: all are there, whole, and nobody works on them. */
async function wrongToList(tree: Tree): Promise<string[]> {
  const ended = await engram(['runs', 'ls', '--json', '--dir=.']);
  if (ended.code !== 0) return [`runs ls: ${shown(ended)}`];
  const found: { path: string; state: string }[] = JSON.parse(ended.stdout).runs;
  const listed = found.map(({ path, state }) => `${path} ${state}`).sort();
  const expected = ['other', 'run'].filter((name) => tree.has(`${name}/config.json`));
  if (String(listed) === String(expected.map((name) => `${name} stopped`))) return [];
  return [`runs ls: ${listed} in place of ${expected}`];
}

/** What `eval` says of the best checkpoint in a folder: the lowest evaluation of its own step, or the newest without one. */
function bestIn(tree: Tree, evaluations: CheckpointEvaluations): string | undefined {
  const found = [...evaluations.keys()].flatMap((step) => {
    const state = tree.get(`run/checkpoints/step-${step}/state.json`);
    const { evaluated = null } = state ? JSON.parse(state.toString()).state : {};
    const bits = evaluated?.step === step ? evaluated.scores.bitsPerSequence : Number.POSITIVE_INFINITY;
    return state ? [{ step, bits }] : [];
  });
  const [best] = found.sort((a, b) => (a.bits === b.bits ? b.step - a.step : a.bits - b.bits));
  return best && evaluations.get(best.step);
}

function shown({ code, stderr, stdout, thrown }: Ended): string {
  const place = /\n *(at .*)/.exec(thrown ?? '')?.[1] ?? '';
  return `exit ${code}, ${JSON.stringify(stdout)}, ${JSON.stringify(stderr)} ${place}`;
}
