/**
 * Guards around a kind of cell or a task of one's own: what its functions throw is told with the line it comes from, and
 * what they return is checked where it enters. What a cell's own functions give is checked by whoever calls them.
 */
import { blaming } from '../core/blame.ts';
import type { Batch, Cell, CellKind, CellSizes, Task } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import type { ExportingFile } from './exported-kind.ts';

type Refuse = (what: string, expected: string, got: string) => never;

/** A kind of cell that gives cells, and no other thing. */
export function guardCell(kind: CellKind, file: ExportingFile): CellKind {
  const refuse = refusing(kind.name, file);
  const create = blaming(`create of ${kind.name}`, kind.create.bind(kind));
  return {
    ...kind,
    create(settings, sizes) {
      const cell = create(settings, sizes);
      checkCell(cell, sizes.inputSize, refuse);
      return cell;
    },
  };
}

function refusing(kind: string, { name: file }: ExportingFile): Refuse {
  return (what, expected, got) => {
    throw new UsageError(`${file}: ${what} of ${kind}: expected ${expected}, got ${got}; mend ${what}`);
  };
}

function checkCell(cell: Cell, inputSize: number, refuse: Refuse): void {
  if (typeof cell !== 'object' || cell === null) refuse('create', 'a cell', shown(cell));
  for (const name of ['init', 'initialState', 'step'] as const)
    if (typeof cell[name] !== 'function')
      refuse('create', `a cell with a function ${name}`, shown(cell[name]));
  if (cell.inputSize !== inputSize)
    refuse('create', `a cell of the inputSize ${inputSize} it was given`, shown(cell.inputSize));
  if (!Number.isInteger(cell.outputSize) || cell.outputSize < 1)
    refuse('create', 'a cell with an outputSize of at least 1', shown(cell.outputSize));
  if (cell.noiseSize !== undefined && !(Number.isInteger(cell.noiseSize) && cell.noiseSize >= 0))
    refuse('create', 'a cell with a whole noiseSize, or none', shown(cell.noiseSize));
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'object' || typeof value === 'function' ? `a ${typeof value}` : String(value);
}

/** A task whose functions are guarded. */
export function guardTask(task: Task, file: ExportingFile): Task {
  const refuse = refusing(task.name, file);
  const call = <A extends unknown[], R>(what: string, run: (...args: A) => R) =>
    blaming(`${what} of ${task.name}`, run.bind(task) as (...args: A) => R);
  const sample = call('sample', task.sample);
  const ownSizes = call('sizes', task.sizes);
  const sizes: Task['sizes'] = (settings) => {
    const own = ownSizes(settings);
    for (const name of ['inputSize', 'outputSize', 'maxLength'] as const)
      if (!Number.isInteger(own?.[name]) || own[name] < 1)
        refuse('sizes', `${name} of at least 1`, shown(own?.[name]));
    return own;
  };
  return {
    ...task,
    sizes,
    load: call('load', task.load),
    lines: call('lines', task.lines),
    ...(task.symbols && { symbols: call('symbols', task.symbols) }),
    harder: task.harder ? call('harder', task.harder) : (settings) => ({ 'as trained': settings }),
    sample(settings, rng, batchSize) {
      const batch = sample(settings, rng, batchSize);
      checkBatch(batch, { ...sizes(settings), batchSize }, refuse);
      return batch;
    },
  };
}

function checkBatch(
  batch: Batch,
  asked: Pick<Batch, 'inputSize' | 'outputSize' | 'batchSize'> & CellSizes,
  refuse: Refuse,
): void {
  if (typeof batch !== 'object' || batch === null) refuse('sample', 'a batch', shown(batch));
  for (const name of ['inputSize', 'outputSize', 'batchSize'] as const)
    if (batch[name] !== asked[name]) refuse('sample', `${name} ${asked[name]}`, shown(batch[name]));
  const { length, batchSize, inputSize, outputSize } = batch;
  if (!Number.isInteger(length) || length < 1 || length > asked.maxLength)
    refuse('sample', `a length from 1 to the maxLength ${asked.maxLength} of sizes`, shown(length));
  const numbers = {
    inputs: inputSize,
    targets: outputSize,
    mask: 1,
    ...(batch.trainMask && { trainMask: 1 }),
  } as const;
  for (const [name, channels] of Object.entries(numbers) as [keyof typeof numbers, number][]) {
    const array: unknown = batch[name];
    const wanted = length * batchSize * channels;
    if (!(array instanceof Float32Array) || array.length !== wanted)
      refuse(
        'sample',
        `${name} as a Float32Array of ${wanted} numbers`,
        array instanceof Float32Array ? `${array.length} numbers` : shown(array),
      );
  }
}
