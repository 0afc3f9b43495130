/** Commands that change a folder, what they begin with, and how a person goes on after one that did not come to its end. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Call, watchDisk } from './disk.ts';
import { type Ended, engram } from './process.ts';
import { readTree, type Tree, writeTree } from './tree.ts';

/** A command, as it is tried. */
export interface Scenario {
  readonly name: string;
  /** Makes what is in the working folder beforehand. */
  prepare(): Promise<void>;
  /** Runs the command in the working folder. */
  command(): Promise<Ended>;
  /** Goes on after it was cut short. */
  again(): Promise<Ended>;
  /** Whether it trains the run `run`, so that what it leaves can be evaluated, listed and removed. */
  readonly trains: boolean;
  /** Whether nearly all its calls are another's too, so that it is left to the large form. */
  readonly isAlike?: boolean;
}

/** The run that is trained: its best checkpoint is the second of three, and only the newest is kept beside it. */
const settings = [
  '--cell=lstm',
  '--cell.size=2',
  '--cell.layers=1',
  '--task.maxLength=2',
  '--task.width=2',
  '--batch=2',
  '--seed=2',
  '--log-every=1',
  '--evaluation.everySteps=2',
  '--evaluation.sequences=2',
  '--checkpoint.everySteps=2',
  '--optimizer=adam',
  '--optimizer.rate=1e-1',
  '--engine=eager',
  '--backend=cpu',
  '--steps=5',
];
const train = ['train', 'copy', ...settings, '--checkpoint.keep=1', '--out=run'];

/** What `eval --json` says of each checkpoint of the run, by its step. */
export type CheckpointEvaluations = ReadonlyMap<number, string>;

/** Trains the run with all its checkpoints kept, and evaluates each. */
export async function evaluateCheckpoints(): Promise<CheckpointEvaluations> {
  await expectDone(engram(['train', 'copy', ...settings, '--checkpoint.keep=99', '--out=run']));
  const found = new Map<number, string>();
  for (const step of [0, 2, 4, 5]) {
    const one = engram(['eval', `run/checkpoints/step-${step}`, '--json', ...fewSequences]);
    found.set(step, (await expectDone(one)).stdout);
  }
  expect(new Set(found.values()).size).toBe(4);
  return found;
}

/** As many as training evaluates with, which are the same. */
export const fewSequences = ['--sequences=2'];

async function expectDone(command: Promise<Ended>): Promise<Ended> {
  const ended = await command;
  expect(ended, ended.thrown).toMatchObject({ code: 0 });
  return ended;
}

/** Does something with a signal to end just before the fourth step is evaluated: it is saved as it is, and again later. */
async function signaled(command: () => Promise<Ended>): Promise<Ended> {
  const stop = watchDisk(process.cwd(), ({ args }) => {
    // A process that does not listen would end.
    if (String(args[1]).startsWith('{"kind":"step","step":4,') && process.listenerCount('SIGHUP') > 0)
      process.emit('SIGHUP');
  });
  try {
    return await command();
  } finally {
    stop();
  }
}

const isRun = () => fs.existsSync(join('run', 'config.json'));
const resume = () => engram(['resume', 'run']);
/** What a person does whose training was cut short. */
const goOn = () => (isRun() ? resume() : engram(train));
const trained = async () => void (await expectDone(engram(train)));
const once =
  (...argv: string[]) =>
  () =>
    engram(argv);

/** The trained run under a second name. */
async function copied(name: string): Promise<void> {
  await trained();
  fs.renameSync('run', name);
}

async function trainedTwo(): Promise<void> {
  await copied('other');
  await trained();
}

/** Removes the runs that are left; where there is none, that is said of the one that is named. */
async function removeRest(): Promise<Ended> {
  const left = ['run', 'other'].filter((name) => fs.existsSync(join(name, 'config.json')));
  if (left.length > 0) return engram(['runs', 'rm', ...left]);
  const ended = await engram(['runs', 'rm', 'run']);
  return ended.stderr.includes('expected a run, got run') ? { ...ended, code: 0 } : ended;
}

const trainOwn = [...train.filter((flag) => !flag.startsWith('--cell')), '--cell=./own.ts'];
const resumeOwn = ['resume', 'run', '--cell=./own.ts', '--steps=6'];

/** The text of a file with a cell. */
function ownCell(activation: 'tanh' | 'sigmoid'): string {
  return `import { defineCell, tf, uniformKernel, z } from 'engram/cell';
export default defineCell({
  name: 'own',
  settings: z.strictObject({}),
  create: (_, { inputSize }) => ({
    name: 'own',
    inputSize,
    outputSize: 2,
    init: (rng) => ({ kernel: uniformKernel(rng, inputSize + 2, 2) }),
    initialState: (_params, batchSize) => ({ h: tf.zeros([batchSize, 2]) }),
    step(params, state, input) {
      const h = tf.${activation}(tf.matMul(tf.concat([input, state.h], 1), params.kernel));
      return { output: h, state: { h } };
    },
  }),
});
`;
}

/** A command that is simply given again. */
function repeated(argv: readonly string[], prepare: () => Promise<void> = trained): Scenario {
  const command = once(...argv);
  return { name: argv.join(' '), prepare, command, again: command, trains: false };
}

/** Leaves what training leaves when it is killed before a call. */
async function killedAt(root: string, isIt: (call: Call) => boolean): Promise<void> {
  let left: Tree | undefined;
  const stop = watchDisk(root, (call) => {
    if (isIt(call)) left ??= readTree(root);
  });
  await expectDone(engram(train)).finally(stop);
  writeTree(root, left!);
}

/** All of them. @param root the working folder */
export function scenarios(root: string): { readonly training: Scenario; readonly all: readonly Scenario[] } {
  const training: Scenario = {
    name: 'train',
    prepare: async () => undefined,
    command: once(...train),
    again: goOn,
    trains: true,
  };
  const all: Scenario[] = [
    training,
    {
      name: 'train that a signal ends',
      prepare: async () => undefined,
      command: () => signaled(once(...train)),
      again: goOn,
      trains: true,
    },
    {
      name: 'resume after a signal',
      prepare: async () => void (await signaled(once(...train))),
      command: resume,
      again: resume,
      trains: true,
    },
    {
      name: 'resume after a kill',
      prepare: () =>
        killedAt(root, ({ name, args }) => name === 'renameSync' && String(args[1]).endsWith('step-4')),
      command: resume,
      again: resume,
      trains: true,
    },
    repeated(['resume', 'run', '--steps=6']),
    repeated(['eval', 'run', '--json', ...fewSequences]),
    repeated(['eval', 'run', '--grid', '--pictures', ...fewSequences]),
    repeated(['inspect', 'run']),
    { ...repeated(['inspect', 'run/checkpoints/step-5']), isAlike: true },
    { ...repeated(['inspect', 'run', 'other'], trainedTwo), isAlike: true },
    {
      name: 'runs rm run other',
      prepare: trainedTwo,
      command: once('runs', 'rm', 'run', 'other'),
      again: removeRest,
      trains: false,
    },
    {
      name: 'train --init-from other',
      prepare: () => copied('other'),
      command: once(...train, '--init-from=other'),
      again: async () => (isRun() ? resume() : engram([...train, '--init-from=other'])),
      trains: false,
      isAlike: true,
    },
    {
      name: 'train --cell ./own.ts',
      prepare: async () => fs.writeFileSync('own.ts', ownCell('tanh')),
      command: once(...trainOwn),
      // Where it could not be noted that this user has run it, that was said with this cure.
      again: async () => (isRun() ? engram(['resume', 'run', '--trust-source']) : engram(trainOwn)),
      trains: false,
    },
    {
      name: 'resume --cell ./own.ts, which has changed',
      prepare: async () => {
        fs.writeFileSync('own.ts', ownCell('tanh'));
        await expectDone(engram(trainOwn));
        fs.writeFileSync('own.ts', ownCell('sigmoid'));
      },
      command: once(...resumeOwn),
      again: once(...resumeOwn),
      trains: false,
    },
  ];
  return { training, all };
}
