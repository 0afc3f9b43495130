/** The runs and the model that are damaged, and what every command says of them while they are whole. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { hashOf } from './bytes.ts';
import { command, type Outcome } from './command.ts';

/** What is looked at and damaged. */
export const subjects = ['run', 'own', 'model'] as const;
export type Subject = (typeof subjects)[number];
/** The commands that read a run. */
export const commands = ['eval', 'resume', 'inspect', 'ls', 'show'] as const;
export type CommandName = (typeof commands)[number];

/** What a command left in a run's folder or said, without what a clock decides. */
export interface Result {
  /** As text, to be compared. */
  readonly said: string;
  /** Of what it computed: weights after training. */
  readonly computed?: string;
}

/** What is said of a whole subject. */
export interface Reference {
  readonly results: Readonly<Partial<Record<CommandName, Result>>>;
  /** What `eval` says of each of its checkpoints, by step. */
  readonly steps: ReadonlyMap<number, string>;
}

/** What is in files is the same on every engine; this one is quick to open. */
const machine = ['--engine=eager', '--backend=cpu'];
const tiny = [
  ...machine,
  ...['--task.maxLength=2', '--task.width=2', '--batch=4', '--log-every=1', '--seed=1'],
  ...['--evaluation.everySteps=2', '--evaluation.sequences=8', '--checkpoint.everySteps=2'],
  ...['--optimizer=adam', '--optimizer.rate=1e-2'],
];

/** Where everything lies; the working folder is `work`. */
export interface Places {
  readonly base: string;
  readonly work: string;
  /** A file that nothing may change. */
  readonly precious: string;
}

/** The path that a command is given of a subject. */
export function pathOf(subject: Subject): string {
  return subject === 'model' ? 'model' : join('runs', 'run');
}

/** Makes the subjects, the same to the byte each time on a machine. */
export async function makeSubjects(top: string): Promise<Places> {
  const places = {
    base: join(top, 'base'),
    work: join(top, 'work'),
    precious: join(top, 'precious', 'file'),
  };
  for (const folder of ['base', 'work', 'precious']) fs.mkdirSync(join(top, folder));
  fs.writeFileSync(places.precious, 'keep\n');
  process.env.XDG_STATE_HOME = join(top, 'state');
  process.chdir(places.work);
  fs.copyFileSync(join(import.meta.dirname, '../../../src/templates/cell.ts'), join(top, 'cell.ts'));
  const lstm = ['--cell=lstm', '--cell.size=4', '--cell.layers=1'];
  const own = [
    `--cell=${join(top, 'cell.ts')}`,
    '--cell.slots=4',
    '--cell.width=2',
    '--cell.controllerSize=4',
  ];
  const now = performance.now;
  let clock = 0;
  performance.now = () => ++clock;
  for (const [name, cell] of [
    ['run', lstm],
    ['own', own],
  ] as const) {
    const out = join(places.base, name);
    const trained = await command(['train', 'copy', ...cell, ...tiny, '--steps=6', `--out=${out}`]);
    if (trained.code !== 0) throw new Error(`no subject: ${trained.failure?.message}`);
    const meta = JSON.parse(fs.readFileSync(join(out, 'meta.json'), 'utf8'));
    const told = { ...meta, created: '2026-01-01T00:00:00.000Z', argv: ['train'] };
    fs.writeFileSync(join(out, 'meta.json'), `${JSON.stringify(told, null, 2)}\n`);
  }
  performance.now = now;
  makeModel(places.base);
  return places;
}

/** A model that ships, of the run's best weights. */
function makeModel(base: string): void {
  const [run, model] = [join(base, 'run'), join(base, 'model')];
  fs.mkdirSync(model);
  const best = fs.readFileSync(join(run, 'best'), 'utf8').trim();
  const weights = fs.readFileSync(join(run, 'checkpoints', best, 'weights.safetensors'));
  const state = JSON.parse(fs.readFileSync(join(run, 'checkpoints', best, 'state.json'), 'utf8'));
  const config = JSON.parse(fs.readFileSync(join(run, 'config.json'), 'utf8'));
  const card = { schema: 'engram.card/1', config, sha256: hashOf(weights), configHash: state.configHash };
  fs.writeFileSync(join(model, 'weights.safetensors'), weights);
  fs.writeFileSync(join(model, 'card.json'), JSON.stringify(card, null, 2));
  fs.copyFileSync(join(run, 'metrics.jsonl'), join(model, 'metrics.jsonl'));
}

/** Lays a whole subject where commands find it, and a good run beside it. */
export function layOut({ base, work }: Places, subject: Subject): string {
  for (const name of fs.readdirSync(work)) fs.rmSync(join(work, name), { recursive: true, force: true });
  const folder = join(work, pathOf(subject));
  fs.cpSync(join(base, subject), folder, { recursive: true });
  fs.cpSync(join(base, 'run'), join(work, 'runs', 'good'), { recursive: true });
  return folder;
}

/** What is typed. */
export function argvOf(name: CommandName, path: string): string[] {
  switch (name) {
    case 'eval':
      return ['eval', path, '--sequences=4', '--json', ...machine];
    case 'resume':
      return ['resume', path, '--steps=8', '--json'];
    case 'inspect':
      return ['inspect', path, '--json', ...machine];
    case 'ls':
      return ['runs', 'ls', '--json'];
    case 'show':
      return ['runs', 'show', path, '--json'];
  }
}

/** What came of a command that succeeded, from what it printed and left. */
export function resultOf(name: CommandName, folder: string, { out }: Outcome): Result {
  const document = JSON.parse(out);
  if (name === 'resume') {
    const { wallSeconds: _, sequencesPerSecond: __, ...said } = document;
    const checkpoint = join(folder, 'checkpoints', 'step-8');
    const hash = (path: string) => hashOf(fs.readFileSync(path));
    const computed = ['weights', 'optimizer'].map((part) => hash(join(checkpoint, `${part}.safetensors`)));
    const log = fs.readFileSync(join(folder, 'metrics.jsonl'), 'utf8');
    return { said: JSON.stringify(said) + log, computed: computed.join() };
  }
  // Which checkpoints there are is what is asked, and not something to be told beside it.
  if (name !== 'inspect') return { said: JSON.stringify({ ...document, checkpoints: undefined }) };
  const drawn = (document.files as string[]).filter((file) => !file.endsWith('.png'));
  const hashes = drawn.map((file) => `${file} ${hashOf(fs.readFileSync(join(document.out, file)))}`);
  return { said: hashes.join('\n') };
}

/** What every command says of a subject that is whole. */
export async function referenceOf(places: Places, subject: Subject): Promise<Reference> {
  const results: Partial<Record<CommandName, Result>> = {};
  const path = pathOf(subject);
  for (const name of commandsOf(subject)) {
    const folder = layOut(places, subject);
    const outcome = await command(argvOf(name, path));
    if (outcome.code !== 0) throw new Error(`${name} of a whole ${subject}: ${outcome.failure?.message}`);
    results[name] = resultOf(name, folder, outcome);
  }
  const steps = new Map<number, string>();
  layOut(places, subject);
  if (subject !== 'model')
    for (const step of [2, 4, 6]) {
      const { out } = await command(argvOf('eval', join(path, 'checkpoints', `step-${step}`)));
      steps.set(step, JSON.stringify(JSON.parse(out)));
    }
  return { results, steps };
}

/** The commands that take a subject. */
export function commandsOf(subject: Subject): readonly CommandName[] {
  return subject === 'model' ? ['eval', 'inspect'] : commands;
}
