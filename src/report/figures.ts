/**
 * All pictures of a report, each a standalone SVG: an overview, for each sequence its strips, heads, gates, usage
 * and memory, and the learning curve. Pictures that would show nothing are left out.
 */
import { contents, moments } from './contents.ts';
import { curve } from './curve.ts';
import { figure } from './document.ts';
import { lineChart } from './line-chart.ts';
import { maps } from './maps.ts';
import { overview } from './overview.ts';
import { type ProbeKind, type Trace, traces } from './probes.ts';
import { type CurveRecord, checkSequence, type ReportRecord, type SequenceRecord } from './records.ts';
import { strips } from './strips.ts';
import { type Figure, type Panel, stack, text } from './svg.ts';
import { scoredHeader, type TimeAxis, timeAxis, timeTicks } from './time-axis.ts';

/**
 * The pictures of a report, the overview first.
 * @throws UsageError when an array of the record is not as long as its shape says, or T differs
 */
export function figures(record: ReportRecord): Figure[] {
  record.sequences.forEach(checkSequence);
  const drawable = record.sequences.filter(({ mask }) => mask.shape[0]! > 0);
  const [first] = drawable;
  const found = first === undefined ? [] : [overviewFigure(record, first)];
  drawable.forEach((sequence, i) => {
    // With several sequences the names of their files must differ.
    found.push(...sequenceFigures(record, sequence, drawable.length > 1 ? `${i + 1}-` : ''));
  });
  const curves = record.curves ?? [];
  return curves.length === 0 ? found : [...found, curveFigure(record.title, curves)];
}

function curveFigure(title: string, records: readonly CurveRecord[]): Figure {
  const measures = records.map(({ measure }) => measure).join(' and ');
  const height = records.length > 1 ? 220 : 320;
  return figure(
    {
      name: 'curve',
      title: 'Learning curve',
      subtitle: title,
      description: `${measures} after so many training sequences, with reference lines.`,
    },
    stack(
      records.map((record) => curve(record, 620, height)),
      10,
    ),
  );
}

function overviewFigure(record: ReportRecord, sequence: SequenceRecord): Figure {
  return figure(
    {
      name: 'overview',
      title: record.title,
      subtitle: [record.subtitle, sequence.name].filter((words) => words !== '').join(' \u00b7 '),
      description: `Input, target, output and error of one sequence (${sequence.name}) over time, the weights of the memory's heads under them, and the learning curve.`,
    },
    overview(sequence, record.curves ?? []),
  );
}

/** More names than this are too many for a title. */
const MOST_NAMES = 4;

/** What is to be seen in each kind of picture of one sequence. */
const PICTURES: readonly { name: string; kind: ProbeKind; description: string }[] = [
  {
    name: 'heads',
    kind: 'weights',
    description:
      'Weights of each head over the slots of the memory at every time step, by their square root.',
  },
  {
    name: 'gates',
    kind: 'controls',
    description: 'Numbers at every time step, as lines.',
  },
  {
    name: 'usage',
    kind: 'vectors',
    description: 'Vectors at every time step, as maps.',
  },
];

/** A picture of where heads point has a name of its own; any other is called by what it shows. */
function titleOf(kind: ProbeKind, all: readonly Trace[]): string {
  const panels = all.filter((trace) => trace.kind === kind);
  if (kind === 'weights') return 'Where the heads point';
  if (kind === 'controls' && all.some((trace) => trace.kind === 'weights')) return 'What steers the heads';
  const names = [...new Set(panels.map(({ name }) => name.replace(/(, (head|layer) \d+ of \d+)+$/, '')))];
  const told =
    names.length <= MOST_NAMES
      ? names
      : [...names.slice(0, MOST_NAMES - 1), `${names.length - MOST_NAMES + 1} more`];
  const title = told.length < 2 ? told.join('') : `${told.slice(0, -1).join(', ')} and ${told.at(-1)}`;
  return title.charAt(0).toUpperCase() + title.slice(1);
}

function sequenceFigures(record: ReportRecord, sequence: SequenceRecord, prefix: string): Figure[] {
  const axis = timeAxis(sequence);
  const all = traces(sequence);
  const of = (kind: ProbeKind) => all.filter((trace) => trace.kind === kind);
  const subtitle = `${record.title} \u00b7 ${sequence.name}`;
  const shared = strips(sequence, axis);
  const heading = (name: string, title: string, description: string) => ({
    name: prefix + name,
    title: prefix === '' ? title : `${title}: ${sequence.name}`,
    subtitle: prefix === '' ? subtitle : record.title,
    description: `${description} ${record.title}, ${sequence.name}.`,
  });
  const found = [
    figure(
      heading(
        'strips',
        'Input, target, output and error',
        'What the model was shown, what it should have answered, what it answered, and the difference.',
      ),
      overTime(shared, axis),
    ),
  ];
  for (const { name, kind, description } of PICTURES) {
    const panels =
      kind === 'controls' ? of(kind).map((trace) => lineChart(trace, axis)) : maps(of(kind), axis);
    if (panels.length === 0) continue;
    // Heads are read against what was shown and asked.
    const above = kind === 'weights' ? [shared[0]!, shared[1]!] : [];
    found.push(figure(heading(name, titleOf(kind, all), description), overTime([...above, ...panels], axis)));
  }
  const memories = of('contents');
  if (memories.length > 0) {
    const panel = stack(
      memories.map((trace) => namedContents(trace, axis)),
      20,
    );
    found.push(
      figure(
        heading('memory', 'What the memory holds', 'Snapshots of the memory at a few time steps.'),
        panel,
      ),
    );
  }
  return found;
}

function overTime(panels: readonly Panel[], axis: TimeAxis): Panel {
  return stack([scoredHeader(axis), ...panels, timeTicks(axis)], 4);
}

function namedContents(trace: Trace, axis: TimeAxis): Panel {
  const name: Panel = { width: 0, height: 14, body: text(trace.name, { x: 0, y: 11, size: 12, bold: true }) };
  return stack([name, contents(trace, moments(axis))], 4);
}
