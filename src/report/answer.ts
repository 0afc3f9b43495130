/** What a model answered, in words: how many bits are wrong, how far numbers are off, or which symbols were asked for and which were given. */
import type { SequenceRecord } from './records.ts';

/** More symbols than this are counted instead of told. */
const MOST_TOLD = 12;

/** `2 of 160 bits wrong`, or `9, answered 7`; nothing where nothing is scored. */
export function outcome(sequence: SequenceRecord): string {
  const { outputNames } = sequence;
  const steps = scoredSteps(sequence);
  if (steps.length === 0) return '';
  if (sequence.loss === 'value') return largestError(sequence, steps);
  if (outputNames === undefined && sequence.loss !== 'symbol') return wrongBits(sequence, steps);
  const asked = steps.map((t) => nameAt(sequence, 'targets', t));
  const given = steps.map((t) => nameAt(sequence, 'outputs', t));
  const wrong = asked.filter((name, i) => name !== given[i]).length;
  if (steps.length > MOST_TOLD) return `${wrong} of ${steps.length} symbols wrong`;
  return wrong === 0
    ? `answered ${given.join('')}, which is right`
    : `answered ${given.join('')} instead of ${asked.join('')}`;
}

function scoredSteps({ mask }: SequenceRecord): number[] {
  return [...mask.data].flatMap((value, t) => (value > 0 ? [t] : []));
}

/** A bit is taken as 1 from a probability of one half. */
function wrongBits({ targets, outputs }: SequenceRecord, steps: readonly number[]): string {
  const size = targets.shape[1]!;
  let wrong = 0;
  for (const t of steps)
    for (let i = t * size; i < (t + 1) * size; i++)
      if (targets.data[i]! >= 0.5 !== outputs.data[i]! >= 0.5) wrong += 1;
  const all = steps.length * size;
  return `${wrong === 0 ? 'none' : wrong} of ${all} bits wrong`;
}

/** How far the worst of the numbers is off. */
function largestError({ targets, outputs }: SequenceRecord, steps: readonly number[]): string {
  const size = targets.shape[1]!;
  const errors = steps.flatMap((t) =>
    Array.from({ length: size }, (_, i) =>
      Math.abs(targets.data[t * size + i]! - outputs.data[t * size + i]!),
    ),
  );
  return `at most ${Number(Math.max(...errors).toPrecision(2))}`;
}

/** The symbol of the largest channel. */
function nameAt(sequence: SequenceRecord, array: 'targets' | 'outputs', t: number): string {
  const { shape, data } = sequence[array];
  const size = shape[1]!;
  const row = [...data.subarray(t * size, (t + 1) * size)];
  const largest = row.reduce((best, value, i) => (value > row[best]! ? i : best), 0);
  return sequence.outputNames?.[largest] ?? String(largest);
}
