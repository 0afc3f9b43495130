/**
 * The checks of a task: what it samples at its settings, at the settings of its grid, and at both ends of each setting;
 * that the seed decides all of it; and that its reference lines are those of what it samples.
 */
import type { ZodType } from 'zod';
import type { Batch, Task } from '../../core/contracts.ts';
import { UsageError } from '../../core/errors.ts';
import { lossKinds, solvedBelow, toldInBits } from '../../core/loss-kinds.ts';
import { rng } from '../../core/rng.ts';
import { type CheckPlan, type Found, note, withoutMathRandom, wrong } from './steps.ts';

/** What is checked. */
export interface CheckedTask {
  readonly task: Task;
  readonly settings: unknown;
}

const SEED = 1;
const BATCH = 16;
/** Sequences that reference lines are held against. */
const MANY = 512;

/** The checks, in order. */
export function taskChecks({ task, settings }: CheckedTask): CheckPlan {
  return {
    steps: [
      { name: 'sizes', blocks: true, run: () => checkSizes(task, settings) },
      { name: 'sample', blocks: true, run: () => checkSample(task, settings) },
      { name: 'repeats', blocks: true, run: () => checkSeeds(task, settings) },
      { name: 'lines', run: () => checkLines(task, settings) },
      { name: 'chance', run: () => checkChance(task, settings) },
      { name: 'grid', run: () => checkGrid(task, settings) },
      { name: 'extremes', run: () => checkExtremes(task, settings) },
    ],
  };
}

const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 1;

function checkSizes(task: Task, settings: unknown): string {
  const { inputSize, outputSize, maxLength } = task.sizes(settings);
  for (const [name, value] of Object.entries({ inputSize, outputSize, maxLength }))
    if (!isCount(value)) wrong(`sizes: expected a whole ${name} of at least 1, got ${value}; mend sizes`);
  const load = task.load(settings);
  if (!(load >= 0 && Number.isFinite(load)))
    wrong(`load: expected how many vectors are to be remembered at once, got ${load}; mend load`);
  return `${inputSize} channels in, ${outputSize} out, at most ${maxLength} steps, ${load} vectors to remember`;
}

/** Refuses a batch that is none of this task. */
function checkBatch(task: Task, settings: unknown, batch: Batch): void {
  const { inputSize, outputSize, maxLength } = task.sizes(settings);
  const { length, batchSize } = batch;
  const expected: [name: string, want: number, got: number][] = [
    ['inputSize', inputSize, batch.inputSize],
    ['outputSize', outputSize, batch.outputSize],
    ['numbers in inputs', length * batchSize * inputSize, batch.inputs.length],
    ['numbers in targets', length * batchSize * outputSize, batch.targets.length],
    ['numbers in mask', length * batchSize, batch.mask.length],
    ['numbers in trainMask', length * batchSize, (batch.trainMask ?? batch.mask).length],
  ];
  for (const [name, want, got] of expected)
    if (want !== got)
      wrong(`sample: expected ${want} for ${name}, got ${got}; lay the batch out with emptyBatch`);
  if (length > maxLength)
    wrong(`sample: expected at most maxLength ${maxLength} steps, got ${length}; raise maxLength in sizes`);
  for (const name of ['inputs', 'targets', 'mask'] as const) {
    const bad = batch[name].find((value) => !Number.isFinite(value));
    if (bad !== undefined) wrong(`sample: expected finite ${name}, got ${bad}; mend sample`);
  }
  checkAnswers(task, batch);
}

function checkAnswers({ loss }: Task, { length, batchSize, outputSize, mask, targets }: Batch): void {
  const odd = mask.find((value) => value !== 0 && value !== 1);
  if (odd !== undefined)
    wrong(`sample: expected a mask of 0 and 1, got ${odd}; 1 where the output is scored`);
  for (let b = 0; b < batchSize; b++) {
    const scored = Array.from({ length }, (_, t) => t * batchSize + b).filter((row) => mask[row] === 1);
    if (scored.length === 0)
      wrong(
        `sample: expected every sequence to be scored somewhere, got one with an empty mask; mark the answers`,
      );
    for (const row of scored) {
      const target = targets.subarray(row * outputSize, (row + 1) * outputSize);
      if (loss !== 'value' && !target.every((value) => value >= 0 && value <= 1))
        wrong(
          `sample: expected targets from 0 to 1, got ${target.find((value) => !(value >= 0 && value <= 1))}; they are probabilities`,
        );
      const sum = target.reduce((total, value) => total + value, 0);
      if (loss === 'symbol' && Math.abs(sum - 1) > 1e-6)
        wrong(
          `sample: expected one-hot targets, as the loss is symbol, got a row that adds up to ${sum}; set one of them to 1`,
        );
    }
  }
}

function checkSample(task: Task, settings: unknown): string {
  for (const size of [1, BATCH]) {
    const batch = task.sample(settings, rng(SEED, 'check'), size);
    if (batch.batchSize !== size)
      wrong(
        `sample: expected a batch of ${size}, got ${batch.batchSize}; give as many sequences as are asked for`,
      );
    checkBatch(task, settings, batch);
  }
  return `batches of 1 and ${BATCH}, all scored, nothing outside its range`;
}

const sameNumbers = (a: Batch, b: Batch) =>
  (['inputs', 'targets', 'mask'] as const).every((name) => a[name].join() === b[name].join());

function checkSeeds(task: Task, settings: unknown): string | Found {
  const drawn = (seed: number) => task.sample(settings, rng(seed, 'check'), BATCH);
  const once = withoutMathRandom('sample', () => drawn(SEED));
  if (!sameNumbers(once, drawn(SEED)))
    wrong(
      'sample: expected the same batch from the same seed, got two that differ; draw from the stream that sample is given',
    );
  if (sameNumbers(once, drawn(SEED + 1)))
    return note('every seed gives the same batch: right only if the task is a constant');
  return 'the same seed gives the same batch, another one another';
}

function checkLines(task: Task, settings: unknown): string {
  const { chance, noBinding, optimum = 0 } = task.lines(settings);
  const unit = lossKinds[task.loss].measure.name;
  for (const [name, value] of Object.entries({ chance, noBinding: noBinding ?? chance, optimum }))
    if (!(value >= 0 && Number.isFinite(value)))
      wrong(`lines: expected a finite ${name} of at least 0, got ${value}; mend lines`);
  if (optimum > (noBinding ?? chance) || (noBinding ?? chance) > chance)
    wrong(
      `lines: expected optimum <= noBinding <= chance, got ${optimum}, ${noBinding ?? 'none'}, ${chance}; mend lines`,
    );
  if (!(task.solvedBits > 0))
    wrong(`solvedBits: expected more than 0, got ${task.solvedBits}; no loss is below nothing`);
  const shown = (value: number) => Number(value.toPrecision(4));
  const middle = noBinding === undefined ? '' : `no binding ${shown(noBinding)}, `;
  return `optimum ${shown(optimum)}, ${middle}chance ${shown(chance)} ${unit}; solved below ${shown(solvedBelow(task, settings))} bits`;
}

/** An outputs' guess of one half costs a bit: the mean number of scored outputs is the chance of a task of bits. */
function checkChance(task: Task, settings: unknown): string | Found {
  const { chance } = task.lines(settings);
  const batch = task.sample(settings, rng(SEED, 'chance'), MANY);
  if (!toldInBits(task.loss)) return `not measured: in ${lossKinds[task.loss].measure.name}`;
  const bits = (batch.mask.reduce((sum, value) => sum + value, 0) * batch.outputSize) / MANY;
  if (Math.abs(bits - chance) <= 0.1 * Math.max(bits, chance)) return `${bits.toFixed(1)} bits measured`;
  return note(
    `lines gives ${chance} bits by chance, and guessing one half costs ${bits.toFixed(1)}: right only if the outputs are not fair coins`,
  );
}

function checkGrid(task: Task, settings: unknown): string {
  const { inputSize, outputSize } = task.sizes(settings);
  const rows = Object.entries(task.harder(settings));
  for (const [name, changed] of rows) {
    const own = task.sizes(changed);
    if (own.inputSize !== inputSize || own.outputSize !== outputSize)
      wrong(
        `harder: expected as many channels as in training (${inputSize} and ${outputSize}), got ${own.inputSize} and ${own.outputSize} in '${name}'; a trained model takes no others`,
      );
    const refused = task.settings.safeParse(changed);
    if (!refused.success)
      wrong(
        `harder: expected settings that the task takes, got others in '${name}'; ${refused.error.issues[0]!.message}`,
      );
    checkBatch(task, changed, task.sample(changed, rng(SEED, 'grid'), 1));
  }
  return `${rows.length} row${rows.length === 1 ? '' : 's'}: ${rows.map(([name]) => name).join(', ')}`;
}

interface Definition {
  readonly type: string;
  readonly shape?: Record<string, ZodType>;
  readonly innerType?: ZodType;
  readonly in?: ZodType;
}

const definitionOf = (schema: ZodType) => schema.def as unknown as Definition;

/** The schema under defaults and pipes. */
function bare(schema: ZodType): ZodType {
  const inner = definitionOf(schema).innerType ?? definitionOf(schema).in;
  return inner ? bare(inner) : schema;
}

/** Both ends of each number, and both sides of each switch, one at a time. */
function extremesOf(task: Task): [name: string, value: unknown][] {
  return Object.entries(definitionOf(bare(task.settings)).shape ?? {}).flatMap(([name, schema]) => {
    const own = bare(schema) as ZodType & { minValue?: number | null; maxValue?: number | null };
    const { type } = definitionOf(own);
    if (type === 'boolean') return [true, false].map((value): [string, unknown] => [name, value]);
    if (type !== 'number') return [];
    const ends = [own.minValue, own.maxValue];
    return ends
      .filter((end) => typeof end === 'number' && Math.abs(end) < 2 ** 31)
      .map((end): [string, unknown] => [name, end]);
  });
}

function checkExtremes(task: Task, settings: unknown): string {
  let taken = 0;
  const all = extremesOf(task);
  for (const [name, value] of all) {
    const parsed = task.settings.safeParse({ ...(settings as object), [name]: value });
    // What the schema or the task refuses in words of its own is refused as it should be.
    if (!parsed.success) continue;
    try {
      checkBatch(task, parsed.data, task.sample(parsed.data, rng(SEED, 'extremes'), 1));
      taken++;
    } catch (error) {
      if (error instanceof UsageError) continue;
      wrong(
        `${name} ${value}: expected a batch or a refusal, got "${(error as Error).message.replace(/\s+/g, ' ')}"; bound the setting in the schema, or throw a UsageError`,
      );
    }
  }
  return `${taken} of ${all.length} ends of settings give a batch, the others are refused`;
}
