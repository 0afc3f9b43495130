/** Which runs are listed, in what order, and in which columns: `--where`, `--sort`, `--limit`, and the screen's width. */
import { settingsCalled } from '../../app/aliases.ts';
import { differing, type Settings, settingsOf } from '../../app/differences.ts';
import { readValue } from '../../app/layers.ts';
import { UsageError } from '../../core/errors.ts';
import { nearest } from '../../core/lookup.ts';
import { table } from '../../report/table.ts';
import type { RunSummary, SummarizedRun } from '../../runs/summary.ts';
import { duration, figure } from './progress.ts';
import { oneLine } from './terminal.ts';

/** A run in a list. */
export interface ListedRun {
  readonly summary: RunSummary;
  readonly settings: Settings;
  /** What is wrong with its files, one line each. */
  readonly problems: readonly string[];
}

/** What was asked for, as it was typed. */
export interface Selection {
  /** `cell=ntm,cell.slots>=64` */
  readonly where?: string | undefined;
  readonly sort?: string | undefined;
  readonly reverse?: boolean;
  readonly limit?: number | undefined;
}

interface Column {
  readonly title: string;
  /** Numbers end in line. */
  readonly right?: true;
  value(summary: RunSummary): string | number | null;
  show?(value: number): string;
}

/** By the name that `--sort` and `--where` know it by. */
const columns: Readonly<Record<string, Column>> = {
  run: { title: 'run', value: ({ path }) => path },
  task: { title: 'task', value: ({ task }) => task },
  cell: { title: 'cell', value: ({ cell }) => cell },
  seed: { title: 'seed', right: true, value: ({ seed }) => seed },
  rate: { title: 'rate', right: true, value: ({ learningRate }) => learningRate },
  parameters: {
    title: 'parameters',
    right: true,
    value: ({ parameters }) => parameters,
    show: (value) => value.toLocaleString('en-US'),
  },
  sequences: { title: 'sequences', right: true, value: ({ sequences }) => sequences },
  wall: { title: 'wall', right: true, value: ({ wallSeconds }) => wallSeconds, show: duration },
  best: {
    title: 'best bits',
    right: true,
    value: ({ bestBitsPerSequence }) => bestBitsPerSequence,
    show: figure,
  },
  state: { title: 'state', value: ({ state }) => state },
};
/** Columns that go when the screen is narrow, the first of these first. */
const dispensable = ['sequences', 'parameters', 'task', 'rate', 'cell', 'wall', 'seed'];
/** Settings that have a column of their own, and those that say when to stop, look and save: training is the same. */
const notTold =
  /^(task\.name|cell\.name|seed|optimizer\.rate|schema|source\.before|threads|logEverySteps|(budget|evaluation|checkpoint)\..*)$/;
/** Room for what differs. */
const LEAST_DIFFERENCES = 24;
const SHORTEST_NAME = 16;

/** A run as it is listed. */
export function listedRun({ summary, config, problems }: SummarizedRun): ListedRun {
  return { summary, settings: config === null ? {} : settingsOf(config), problems };
}

/**
 * The runs that were asked for, in the order asked for; oldest first, as they come, where none was. The limit then
 * keeps the newest, and otherwise the first.
 * @throws UsageError on a name that none of the runs has, or a condition that is none
 */
export function select(runs: readonly ListedRun[], { where, sort, reverse, limit }: Selection): ListedRun[] {
  const conditions = (where?.split(',') ?? []).map((text) => condition(text, runs));
  const chosen = runs.filter((run) => conditions.every((holds) => holds(run)));
  const key = sort === undefined ? undefined : knownName(sort, runs, '--sort');
  const sorted =
    key === undefined ? chosen : chosen.toSorted((a, b) => order(valueIn(a, key), valueIn(b, key)));
  // What has no value stays last, whichever way the rest goes.
  const split =
    key === undefined ? sorted.length : sorted.findLastIndex((run) => valueIn(run, key) != null) + 1;
  const ordered = reverse ? [...sorted.slice(0, split).reverse(), ...sorted.slice(split)] : sorted;
  if (limit === undefined) return ordered;
  return key === undefined && !reverse ? ordered.slice(-limit) : ordered.slice(0, limit);
}

/**
 * For each run, the settings of its training that not all of them have alike. First come those that tell runs of one
 * task and cell apart, which somebody has set, then those that come with another task or cell.
 */
export function differences(runs: readonly ListedRun[]): Settings[] {
  const kindOf = ({ summary: { task, cell } }: ListedRun) => `${task} ${cell}`;
  const kinds = [...new Set(runs.map(kindOf))].map((kind) => runs.filter((run) => kindOf(run) === kind));
  const within = (some: readonly ListedRun[]) => differing(some.map(({ settings }) => settings));
  const names = [...new Set([...kinds, runs].flatMap(within))];
  const told = names.filter((name) => !notTold.test(name));
  return runs.map(({ settings }) =>
    Object.fromEntries(told.filter((name) => name in settings).map((name) => [name, settings[name]])),
  );
}

/** A line for each run that fits into `width`, and the names of the columns that had to go for it. */
export function listing(
  runs: readonly ListedRun[],
  width: number = Number.POSITIVE_INFINITY,
): { readonly text: string; readonly left: readonly string[] } {
  const differ = differences(runs).map((settings) =>
    Object.entries(settings)
      .map(([name, value]) => oneLine(`${name}=${shortHash(value)}`))
      .join(' '),
  );
  const reserved = Math.min(LEAST_DIFFERENCES, widest(differ));
  const names = Object.keys(columns);
  const left: string[] = [];
  const cells = () => names.map((name) => column(columns[name]!, runs));
  const free = () => width - reserved - cells().reduce((sum, column) => sum + widest(column) + 2, 0);
  for (const name of dispensable) {
    if (free() >= 0) break;
    left.push(name);
    names.splice(names.indexOf(name), 1);
  }
  const [runNames = [], ...others] = cells();
  const nameWidth = Math.max(SHORTEST_NAME, widest(runNames) + Math.min(0, free()));
  const rest = reserved + Math.max(0, free());
  const shown = [runNames.map((name) => cutInside(name, nameWidth)), ...others];
  if (reserved > 0) shown.push(['differs', ...differ.map((text) => cutAtEnd(text, rest))]);
  const rows = shown[0]!.map((_, row) => shown.map((column) => column[row]!));
  const right = names.flatMap((name, i) => (columns[name]!.right ? [i] : []));
  return { text: table(rows, right), left: left.map((name) => columns[name]!.title) };
}

/** A SHA-256 by as many digits as tell files apart; anything else as it is. */
function shortHash(value: unknown): string {
  const text = String(value);
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text;
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}

/** A title and below it the values. */
function column({ title, value, show = String }: Column, runs: readonly ListedRun[]): string[] {
  const shown = (of: string | number | null) =>
    of === null ? '-' : typeof of === 'number' ? show(of) : oneLine(of);
  return [title, ...runs.map(({ summary }) => shown(value(summary)))];
}

/** A name cut in its middle: its beginning says what it is of, its end tells it from others. */
function cutInside(name: string, room: number): string {
  if (name.length <= room) return name;
  const end = Math.floor((room - 1) / 2);
  return `${name.slice(0, room - 1 - end)}…${name.slice(name.length - end)}`;
}

function cutAtEnd(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}

function condition(text: string, runs: readonly ListedRun[]): (run: ListedRun) => boolean {
  const [, name, sign, typed] = /^\s*([\w.-]+?)\s*(!=|<=|>=|=|<|>)\s*(.+?)\s*$/.exec(text) ?? [];
  if (name === undefined || sign === undefined || typed === undefined)
    throw new UsageError(
      `--where: expected a condition such as cell=ntm or cell.slots>=64, got ${text}; several are separated by commas`,
    );
  const key = knownName(name, runs, '--where');
  const wanted = readValue(typed);
  const compares = sign.startsWith('<') || sign.startsWith('>');
  if (compares && typeof wanted !== 'number')
    throw new UsageError(`--where: expected a number after ${name}${sign}, got ${typed}; give one`);
  return (run) => {
    const value = valueIn(run, key);
    if (value === undefined || value === null) return false;
    if (!compares) return (String(value) === String(wanted)) === (sign === '=');
    if (typeof value !== 'number') return false;
    const [least, most] = sign.startsWith('<') ? [value, Number(wanted)] : [Number(wanted), value];
    return sign.endsWith('=') ? least <= most : least < most;
  };
}

function valueIn({ summary, settings }: ListedRun, key: string): unknown {
  return Object.hasOwn(columns, key) ? columns[key]!.value(summary) : settings[key];
}

/** Numbers by size, texts by alphabet, nothing last. */
function order(a: unknown, b: unknown): number {
  const [noA, noB] = [a === undefined || a === null, b === undefined || b === null];
  if (noA || noB) return Number(noA) - Number(noB);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en');
}

/**
 * A column or a setting by its name, or by its group where that is what the setting names: `optimizer` is its name.
 * @throws UsageError when no run has it
 */
function knownName(typed: string, runs: readonly ListedRun[], flag: string): string {
  const settings = [...new Set(runs.flatMap((run) => Object.keys(run.settings)))];
  const known = [...Object.keys(columns), ...settings];
  const found = [typed, `${typed}.name`].find((name) => known.includes(name));
  // Of an empty folder every question has the same answer.
  if (found !== undefined || runs.length === 0) return found ?? typed;
  const leaf = settings.filter((name) => name.endsWith(`.${typed}`));
  const called = settingsCalled(typed).filter((name) => known.includes(name));
  const near = nearest(typed, known);
  const meant = leaf.length > 0 ? leaf : called.length > 0 ? called : near === undefined ? [] : [near];
  const cure =
    meant.length > 0
      ? `did you mean ${meant.join(' or ')}?`
      : `there are ${Object.keys(columns).join(', ')}, and the settings that engram runs show prints`;
  throw new UsageError(`${flag}: expected a column or a setting of these runs, got ${typed}; ${cure}`);
}
