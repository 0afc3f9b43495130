/**
 * What `engram bench` measures: one training step of a model on one batch, at the papers' sizes. The reference is copy of
 * 20 vectors, 41 time steps, by the Neural Turing Machine of Graves et al. 2014, table 2; `cells` are all that there are,
 * with as many parameters on the same. Every workload has the same optimizer, RMSProp in the form of Graves 2013, and the
 * same clipping, so that the peers need to know but one.
 */
import { recipeLayer } from '../app/recipe.ts';
import type { Batch, NamedArrays, StepResult } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import { nearestOrAll } from '../core/lookup.ts';
import { rng } from '../core/rng.ts';
import { type Assembly, assemble, cells, registry } from '../registry.ts';
import { configSchema } from '../train/config.ts';
import { usualPreset } from '../train/recipes.ts';

/** A model, a task and a batch size by name. */
export interface Workload {
  readonly name: string;
  readonly task: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly cell: Readonly<Record<string, unknown>> & { readonly name: string };
  /** What stands around the cell. */
  readonly model?: Readonly<Record<string, number>>;
  readonly batchSize: number;
}

/** A workload made ready: what every engine starts from, and what its first steps must give. */
export interface Exercise {
  readonly workload: Workload;
  readonly assembly: Assembly;
  readonly batch: Batch;
  /** Parameters and the optimizer's state before the first step. */
  readonly first: NamedArrays;
  /** The first steps of the eager engine. */
  readonly expected: readonly StepResult[];
  /** A safetensors file of the parameters and the batch, for engines outside this process. */
  readonly file: string;
}

const copy = { name: 'copy', minLength: 20, maxLength: 20 };
const retrieval = { name: 'key-value-retrieval' };
/** Graves et al. 2014, table 2. */
const ntm = { name: 'ntm', slots: 128, width: 20, controllerSize: 100, readHeads: 1, writeHeads: 1 };
/** The same with the addressing of Graves et al. 2016, which writes to the slot that is used least; no peer has it. */
const dnc = { ...ntm, prominence: 'dnc' };
/** Graves et al. 2014, table 3. */
const lstm = { name: 'lstm', layers: 3, size: 256 };
/** Ba et al. 2016, section 4.1. */
const aroundRetrieval = { embeddingSize: 100, hiddenSize: 100 };

/** All workloads; the first two are the reference. */
export const workloads: readonly Workload[] = [
  { name: 'ntm-copy', task: copy, cell: ntm, batchSize: 1 },
  { name: 'ntm-copy', task: copy, cell: ntm, batchSize: 16 },
  { name: 'ntm-dnc-copy', task: copy, cell: dnc, batchSize: 1 },
  { name: 'ntm-dnc-copy', task: copy, cell: dnc, batchSize: 16 },
  { name: 'lstm-copy', task: copy, cell: lstm, batchSize: 1 },
  { name: 'lstm-copy', task: copy, cell: lstm, batchSize: 16 },
  {
    name: 'fast-weights-50',
    task: retrieval,
    cell: { name: 'fast-weights', size: 50 },
    model: aroundRetrieval,
    batchSize: 128,
  },
  {
    name: 'fast-weights-100',
    task: retrieval,
    cell: { name: 'fast-weights', size: 100 },
    model: aroundRetrieval,
    batchSize: 16,
  },
  {
    name: 'fast-weights-100',
    task: retrieval,
    cell: { name: 'fast-weights', size: 100 },
    model: aroundRetrieval,
    batchSize: 128,
  },
];

/** What is measured of a cell beside its recipe, where that is one memory of several. */
const otherForms: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>> = {
  delta: { 'delta-ungated': { rule: 'delta' } },
};

/** Every registered cell as its recipe for copy has it, at equal parameters to a twentieth, on sixteen sequences. */
export function cellWorkloads(): Workload[] {
  return Object.values(cells).flatMap((kind) => {
    const { cell } = recipeLayer(registry.tasks.copy!, kind, usualPreset);
    const forms = { [kind.name]: {}, ...otherForms[kind.name] };
    return Object.entries(forms).map(([form, settings]) => ({
      name: `cell-${form}`,
      task: copy,
      cell: { ...(cell as Readonly<Record<string, unknown>>), ...settings, name: kind.name },
      batchSize: 16,
    }));
  });
}

/** What `--only` takes for all cells at once. */
const cellsTogether = 'cells';

/** How many workloads `--quick` takes. */
export const referenceCount = 2;

/** `ntm-copy/16`, as a person names one. */
export function title({ name, batchSize }: Pick<Workload, 'name' | 'batchSize'>): string {
  return `${name}/${batchSize}`;
}

/**
 * The workloads that a list such as `ntm-copy/16,lstm-copy` names; `cells` are all cells.
 * @throws UsageError on a name that is not known
 */
export function chosenWorkloads(only: string): readonly Workload[] {
  const words = only.split(',').map((word) => word.trim());
  const ofCells = cellWorkloads();
  const all = [...workloads, ...ofCells];
  const known = [cellsTogether, ...new Set(all.flatMap((workload) => [workload.name, title(workload)]))];
  for (const word of words)
    if (!known.includes(word))
      throw new UsageError(`--only: expected workloads, got ${word}; ${nearestOrAll(word, known)}`);
  const named = (workload: Workload) => words.includes(workload.name) || words.includes(title(workload));
  const together = words.includes(cellsTogether);
  return [...workloads.filter(named), ...ofCells.filter((workload) => together || named(workload))];
}

/** The model with its optimizer, and the batch that every engine trains on. */
export function prepare(workload: Workload): { readonly assembly: Assembly; readonly batch: Batch } {
  const { name: _, ...parts } = workload;
  const config = configSchema.parse({ ...parts, optimizer: { name: 'graves-rmsprop' } });
  const assembly = assemble(config);
  return {
    assembly,
    batch: assembly.task.sample(assembly.settings, rng(config.seed, 'data'), workload.batchSize),
  };
}
