/** What was typed of a comparison, read and checked. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { configure } from '../../app/configure.ts';
import type { Layer } from '../../app/layers.ts';
import { readAxes } from '../../compare/axes.ts';
import type { Plan } from '../../compare/plan.ts';
import type { Common, Trial } from '../../compare/trial.ts';
import { UsageError } from '../../core/errors.ts';
import type { Registry } from '../../registry.ts';
import type { Flag, Input } from './command.ts';
import { isFileName, kindsOfLayers, type OwnLayers } from './own-kinds.ts';
import { typedNumber, typedSettings } from './typed-settings.ts';

/** A comparison, ready to begin. */
export interface AskedComparison {
  readonly plan: Plan;
  /** What the trials of the comparison have in common. */
  readonly common: Common;
  readonly workers: number;
  readonly out: string;
  /** Where a trial's task and cell are looked up. */
  knownTo(trial: Pick<Trial, 'task' | 'cell'>): Registry;
  readonly notes: readonly string[];
}

/**
 * Reads the flags of `engram compare`, and loads cells and tasks of a person's own.
 * @param alike the flags that are settings of every trial
 * @throws UsageError
 */
export async function readPlan(
  { flags }: Input,
  alike: Readonly<Record<string, Flag>>,
): Promise<AskedComparison> {
  const count = (name: string, usual: number) => typedNumber(flags, name, z.int().min(1).max(1000)) ?? usual;
  const plan: Plan = {
    tasks: names(flags, 'task'),
    cells: names(flags, 'cells'),
    seeds: count('seeds', 10),
    axes: typeof flags.search === 'string' ? readAxes(flags.search) : [],
    searchSeeds: count('search-seeds', 1),
  };
  const settings = typedSettings(flags, alike);
  const sequences = typedNumber(flags, 'sequences', z.int().min(1));
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
    workers: count('workers', availableParallelism()),
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
