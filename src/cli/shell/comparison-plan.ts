/** What was typed of a comparison, read and checked. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { configure } from '../../app/configure.ts';
import type { Layer } from '../../app/layers.ts';
import { type Axis, checkAxes, readAxes } from '../../compare/axes.ts';
import type { Plan } from '../../compare/plan.ts';
import type { Common, Trial } from '../../compare/trial.ts';
import { UsageError } from '../../core/errors.ts';
import type { Registry } from '../../registry.ts';
import type { Command, Flag, Input } from './command.ts';
import { isFileName, kindsOfLayers, type OwnLayers } from './own-kinds.ts';
import { type PlanFile, readPlanFile, toldByPlan } from './plan-file.ts';
import { typedNumber, typedSettings } from './typed-settings.ts';

/** Where trials are to run: in processes of ours, or by commands that somebody else starts. */
export type AskedPlace =
  | { readonly kind: 'local' }
  | { readonly kind: 'commands' }
  | { readonly kind: 'slurm'; readonly script: string; readonly perTask: number };

/** A comparison, ready to begin. */
export interface AskedComparison {
  readonly plan: Plan;
  /** What the trials of the comparison have in common. */
  readonly common: Common;
  readonly workers: number;
  /** Whether trials are evaluated on their task's grid. */
  readonly grid: boolean;
  readonly out: string;
  readonly place: AskedPlace;
  /** Where a trial's task and cell are looked up. */
  knownTo(trial: Pick<Trial, 'task' | 'cell'>): Registry;
  readonly notes: readonly string[];
}

/**
 * Reads the flags of `engram compare`, over those of its plan, and loads cells and tasks of a person's own.
 * @param alike the flags that are settings of every trial
 * @throws UsageError
 */
export async function readPlan(
  input: Input,
  command: Pick<Command, 'name' | 'flags' | 'groups'>,
  alike: Readonly<Record<string, Flag>>,
): Promise<AskedComparison> {
  const { file, path, typedAxes } = readWords(input, command);
  const flags = { ...file.flags, ...input.flags };
  const own = Object.fromEntries(Object.entries(file.flags).filter(([name]) => !(name in input.flags)));
  const read = toldByPlan(path, own, () => readFlags(flags, { fileAxes: file.axes, typedAxes, alike }));
  return loaded(read, flags);
}

/** A plan is a file; `rate=1e-3,1e-2` is one more thing to search. */
function readWords(
  { positionals }: Input,
  command: Pick<Command, 'name' | 'flags' | 'groups'>,
): { readonly file: PlanFile; readonly path: string; readonly typedAxes: readonly Axis[] } {
  const isAxis = (word: string) => /^[\w.-]+=/.test(word);
  const [path, second] = positionals.filter((word) => !isAxis(word));
  if (second !== undefined)
    throw new UsageError(`expected one plan, got ${second} beside ${path}; leave one out`);
  const axes = positionals.filter(isAxis);
  return {
    file: path === undefined ? { flags: {}, axes: [] } : readPlanFile(path, command),
    path: path ?? '',
    typedAxes: axes.length === 0 ? [] : readAxes(axes.join(',')),
  };
}

/** What flags say, before anything is loaded. */
function readFlags(
  flags: Input['flags'],
  how: {
    readonly fileAxes: readonly Axis[];
    readonly typedAxes: readonly Axis[];
    readonly alike: Readonly<Record<string, Flag>>;
  },
) {
  const count = (name: string, usual: number) => typedNumber(flags, name, z.int().min(1).max(1000)) ?? usual;
  const searched = typeof flags.search === 'string' ? readAxes(flags.search) : [];
  const typed = [...searched, ...how.typedAxes];
  const axes = [...how.fileAxes.filter(({ path }) => !typed.some((axis) => axis.path === path)), ...typed];
  checkAxes(axes);
  const plan: Plan = {
    tasks: names(flags, 'task'),
    cells: names(flags, 'cells'),
    seeds: count('seeds', 10),
    axes,
    searchSeeds: count('search-seeds', 1),
  };
  return {
    plan,
    settings: typedSettings(flags, how.alike),
    sequences: typedNumber(flags, 'sequences', z.int().min(1)),
    workers: count('workers', availableParallelism()),
    grid: flags.grid === true,
    place: readPlace(flags, count('per-task', 20)),
  };
}

function readPlace(flags: Input['flags'], perTask: number): AskedPlace {
  const { commands, slurm } = flags;
  if (commands && slurm)
    throw new UsageError('expected one place for the trials, got --commands and --slurm; leave one out');
  if (commands) return { kind: 'commands' };
  return typeof slurm === 'string' ? { kind: 'slurm', script: slurm, perTask } : { kind: 'local' };
}

/** The same with cells and tasks as they are known. */
async function loaded(
  { plan, settings, sequences, ...how }: ReturnType<typeof readFlags>,
  flags: Input['flags'],
): Promise<AskedComparison> {
  const kinds = await loadPairs(plan);
  const kindsOf = ({ task, cell }: { readonly task: string; readonly cell: string }) =>
    kinds.get(JSON.stringify([task, cell]))!;
  const assemble = (asked: Layer) => {
    const pair = { task: nameIn(asked, 'task'), cell: nameIn(asked, 'cell') };
    const { typed, known } = kindsOf(pair);
    const own = (sort: 'task' | 'cell') => ({ ...(asked[sort] as Layer), name: nameIn(typed, sort) });
    const { source } = typed;
    return configure({
      typed: { ...asked, task: own('task'), cell: own('cell'), ...(source !== undefined && { source }) },
      known,
    });
  };
  return {
    plan,
    common: { settings, sequences, assemble },
    ...how,
    out: typeof flags.out === 'string' ? flags.out : 'comparison',
    knownTo: (trial) => kindsOf(trial).known,
    notes: [...new Set([...kinds.values()].flatMap(({ notes }) => notes))],
  };
}

/** Every cell with every task, as they are known. */
async function loadPairs({ tasks, cells }: Plan): Promise<Map<string, OwnLayers>> {
  const kinds = new Map<string, OwnLayers>();
  for (const task of tasks)
    for (const cell of cells)
      kinds.set(
        JSON.stringify([task, cell]),
        await kindsOfLayers({ typed: { task: { name: task }, cell: { name: cell } }, trusted: false }),
      );
  return kinds;
}

/** A list of names; files by their whole path, since settings lie in another folder than they were typed in. */
function names(flags: Input['flags'], flag: 'task' | 'cells'): string[] {
  const text = flags[flag];
  const typed = typeof text === 'string' ? text.split(/[,\s]+/).filter(Boolean) : [];
  if (typed.length === 0)
    throw new UsageError(
      `expected ${flag === 'task' ? 'tasks' : 'cells'}, got none; give --${flag} ${flag === 'task' ? 'copy,mqar' : 'lstm,ntm'}`,
    );
  const twice = typed.find((name, i) => typed.indexOf(name) !== i);
  if (twice !== undefined)
    throw new UsageError(`--${flag}: expected ${twice} once, got it twice; leave one out`);
  return typed.map((name) => (isFileName(name) ? resolve(name) : name));
}

function nameIn(layer: Layer, sort: 'task' | 'cell'): string {
  return (layer[sort] as { readonly name: string }).name;
}
