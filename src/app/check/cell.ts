/**
 * The checks of a cell. It is joined to a readout and run on random batches of three sizes, with its parameters moved off
 * their start, so that a gate that begins at zero is not taken for one that does nothing.
 */
import { inCell } from '../../core/cell-errors.ts';
import { allFinite } from '../../core/finite.ts';
import type { CompiledModel } from '../../jit/index.ts';
import { checkDifferences, checkEngines, checkGradients, compiled, measureSpeed } from './gradients.ts';
import { type CheckPlan, type CheckStep, type Found, note, withoutMathRandom, wrong } from './steps.ts';
import {
  apart,
  type CheckedCell,
  disposeOf,
  firstApart,
  initOf,
  run,
  SEED,
  type Subject,
  same,
  sizes,
  subjectOf,
  valuesOf,
} from './subject.ts';

/** The checks, in order; what one makes, those after it use. */
export function cellChecks(checked: CheckedCell): CheckPlan {
  const subjects: Subject[] = [];
  const programs: CompiledModel[] = [];
  const first = () => subjects[0]!;
  const second = () => subjects[1]!;
  const makeAndRun = () => {
    for (const size of sizes) subjects.push(subjectOf(checked, size));
    return checkSteps(subjects);
  };
  const compileAll = () => {
    const start = checked.now();
    for (const subject of subjects) programs.push(compiled(subject));
    const eachMs = (checked.now() - start) / subjects.length;
    return `at ${subjects.length} sizes, ${eachMs.toFixed(0)} ms each`;
  };
  const steps: CheckStep[] = [
    { name: 'init', blocks: true, run: () => checkInit(checked) },
    { name: 'step', blocks: true, run: makeAndRun },
    { name: 'repeats', blocks: true, run: () => checkPure(first()) },
    { name: 'state', run: () => checkState(second()) },
    { name: 'gradient', blocks: true, run: () => checkGradients(subjects) },
    { name: 'compiles', blocks: true, run: compileAll },
    { name: 'examples', run: () => checkExamples(second()) },
    { name: 'engines agree', run: () => checkEngines(subjects, programs) },
    { name: 'differences', run: () => checkDifferences(first(), programs[0]!.graphs) },
    { name: 'speed', run: () => measureSpeed(checked) },
  ];
  const dispose = () => {
    for (const program of programs) program.dispose();
    for (const subject of subjects) disposeOf(subject);
  };
  return { steps, dispose };
}

function checkInit({ kind, settings }: CheckedCell): string | Found {
  const { inputSize, length: maxLength } = sizes[0]!;
  const cell = inCell('create', () => kind.create(settings, { inputSize, maxLength }));
  const drawn = (seed: number) => valuesOf(() => initOf(cell, seed));
  const once = withoutMathRandom('init', () => drawn(SEED));
  const changed = firstApart(once, drawn(SEED));
  if (changed !== undefined)
    wrong(
      `init: expected the same ${changed || 'parameters'} from the same seed, got two that differ; draw from the stream that init is given`,
    );
  const count = Object.values(once).reduce((sum, { length }) => sum + length, 0);
  if (count === 0) return note('no parameters of its own: only the readout will learn');
  if (firstApart(once, drawn(SEED + 1)) === undefined)
    return note('every seed gives the same parameters: right only if they are meant to be constants');
  return `${count.toLocaleString('en-US')} parameters in ${Object.keys(once).length}, the same for the same seed`;
}

function checkSteps(subjects: readonly Subject[]): string {
  for (const subject of subjects) {
    const found = Object.entries(run(subject)).find(([, values]) => !allFinite(values));
    if (found) {
      const [name, time] = found[0].split(' ') as [string, string];
      wrong(
        `${name}: expected finite numbers, got NaN or infinity at time ${time}; keep logarithms, roots and quotients off zero`,
      );
    }
  }
  return `runs at ${subjects.length} sizes, every number finite`;
}

function checkPure(subject: Subject): string {
  const once = withoutMathRandom('step', () => run(subject));
  const changed = firstApart(once, run(subject));
  if (changed !== undefined)
    wrong(
      `step: expected the same ${changed.split(' ')[0]} for the same input and state, got two that differ; a step is a pure function, with what changes in its state`,
    );
  return 'the same steps give the same numbers';
}

/** One example of a batch, alone. */
function alone({ batch, ...rest }: Subject, example: number): Subject {
  const { length, batchSize, inputSize } = batch;
  const inputs = new Float32Array(length * inputSize);
  for (let time = 0; time < length; time++) {
    const from = (time * batchSize + example) * inputSize;
    inputs.set(batch.inputs.subarray(from, from + inputSize), time * inputSize);
  }
  return { ...rest, batch: { ...batch, batchSize: 1, inputs } };
}

function checkExamples(subject: Subject): string {
  const together = run(subject);
  const { batchSize } = subject.batch;
  for (let example = 0; example < batchSize; example++) {
    for (const [name, values] of Object.entries(run(alone(subject, example)))) {
      const row = together[name]!.subarray(example * values.length, (example + 1) * values.length);
      if (apart(row, values) > 1e-4)
        wrong(
          `${name.split(' ')[0]}: expected an example to be alone in its row of the batch, got one that others change; keep the batch axis (the first) out of sums, products and means`,
        );
    }
  }
  return 'none depends on the others in its batch';
}

function checkState(subject: Subject): string | Found {
  const seen = run(subject);
  const { length } = subject.batch;
  const paths = Object.keys(seen).flatMap((name) => /^state\.(.*) -1$/.exec(name)?.[1] ?? []);
  if (paths.length === 0) return note('no state: the cell cannot remember');
  const times = Array.from({ length }, (_, time) => time);
  const still = paths.find((path) =>
    times.every((time) => same(seen[`state.${path} ${time}`]!, seen[`state.${path} -1`]!)),
  );
  if (still !== undefined)
    wrong(
      `state.${still}: expected a state that a step changes, got the same after ${length} steps; return the new one, or make it a parameter`,
    );
  return `${paths.length} part${paths.length === 1 ? '' : 's'}, each changed by the steps`;
}
