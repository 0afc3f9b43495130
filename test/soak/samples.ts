/** What a soak samples: lines of a CSV, and the picture of them. */
import { figure } from '../../src/report/document.ts';
import { BOTTOM, LEFT, path, planeOf } from '../../src/report/plane.ts';
import { type Figure, type Panel, shift, stroked } from '../../src/report/svg.ts';

/** One look at a process that trains. */
export interface Sample {
  /** Since it was started. */
  readonly seconds: number;
  readonly step: number;
  /** Memory that it holds. */
  readonly residentMiB: number;
  readonly openFiles: number;
  readonly threads: number;
  /** Everything in the run's folder. */
  readonly runMiB: number;
  readonly checkpoints: number;
}

const columns = ['seconds', 'step', 'residentMiB', 'openFiles', 'threads', 'runMiB', 'checkpoints'] as const;

/** The first line of the file. */
export const sampleHeader: string = columns.join(',');

/** A line of the file. */
export function sampleLine(sample: Sample): string {
  return columns.map((name) => Number(sample[name].toFixed(3))).join(',');
}

/** A sample by its line. */
export function parseSample(line: string): Sample {
  const values = line.split(',').map(Number);
  return Object.fromEntries(columns.map((name, i) => [name, values[i]])) as unknown as Sample;
}

const drawn: readonly (readonly [column: keyof Sample, name: string])[] = [
  ['residentMiB', 'resident memory, MiB'],
  ['openFiles', 'open files'],
  ['runMiB', "the run's folder, MiB"],
];
const [WIDTH, HEIGHT, GAP] = [640, 130, 18];

/** Memory, open files and disk over time, under each other. */
export function soakFigure(samples: readonly Sample[]): Figure {
  const last = samples.at(-1);
  const minutes = ((last?.seconds ?? 0) / 60).toFixed(1);
  const panels = drawn.map(([column, name]) => panel(samples, column, name));
  const height = HEIGHT + BOTTOM + GAP;
  return figure(
    {
      name: 'soak',
      title: `${minutes} minutes of training, evaluation and checkpoints`,
      subtitle: `${last?.step.toLocaleString('en-US')} steps; a checkpoint and an evaluation every 1,000 of them`,
      description: `Resident memory, open files and disk of one process over ${minutes} minutes.`,
    },
    {
      width: LEFT + WIDTH + 20,
      height: panels.length * height,
      body: panels.map(({ body }, i) => shift(body, LEFT, i * height)).join(''),
    },
  );
}

function panel(samples: readonly Sample[], column: keyof Sample, name: string): Panel {
  const points = samples.map((sample) => ({ x: sample.seconds / 60, value: sample[column] }));
  const plane = planeOf({
    width: WIDTH,
    height: HEIGHT,
    points,
    levels: [],
    log: false,
    xName: 'minutes',
    yName: name,
  });
  return { width: WIDTH, height: HEIGHT, body: plane.axes + path(points, plane, stroked('series0', 1.6)) };
}
