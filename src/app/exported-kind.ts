/**
 * A cell or a task of one's own, out of what a file exports: found, checked member by member, and guarded, so that
 * what it does wrong later is told in one line. The file itself is loaded elsewhere.
 */
import type { ZodObject, ZodType } from 'zod';
import type { CellKind, Task } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import { nearestOrAll } from '../core/lookup.ts';
import { lossKinds } from '../core/loss-kinds.ts';
import type { Registry } from '../registry.ts';
import { guardCell, guardTask } from './guard.ts';

/** A loaded file. */
export interface ExportingFile {
  /** As messages call it. */
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** The sorts of things that a file can hold, each by the part of the configuration that names it. */
export interface Kinds {
  readonly cell: CellKind;
  readonly task: Task;
}
/** `cell` or `task`. */
export type Sort = keyof Kinds;

type Member = readonly [expected: string, fits: (value: unknown) => boolean];
const isFunction = (value: unknown) => typeof value === 'function';
const isName = (value: unknown) => typeof value === 'string' && /^[a-z][a-z0-9-]*$/i.test(value);
const isSchema = (value: unknown) =>
  isRecord(value) && isFunction(value.safeParse) && isRecord((value as { def?: unknown }).def);

const common: Readonly<Record<string, Member>> = {
  name: ['a name of letters, digits and dashes', isName],
  settings: ['a zod schema such as z.strictObject({}), by the z of engram/cell', isSchema],
};
/** What each sort must have; the rest has defaults. */
const members: Readonly<Record<Sort, Readonly<Record<string, Member>>>> = {
  cell: { ...common, create: ['a function (settings, sizes) that returns a cell', isFunction] },
  task: {
    ...common,
    loss: ["'bits', 'symbol' or 'value'", (value) => Object.hasOwn(lossKinds, value as string)],
    solvedBits: ['a number above 0', (value) => typeof value === 'number' && value > 0],
    sizes: ['a function (settings) that returns sizes', isFunction],
    load: ['a function (settings) that returns a number of vectors', isFunction],
    lines: ['a function (settings) that returns reference lines', isFunction],
    sample: ['a function (settings, rng, batchSize) that returns a batch', isFunction],
  },
};

/**
 * The cell or the task that a file exports: the export of this name, else the default one, else the only one there is.
 * @throws UsageError with the member that is missing, the exports to choose from, or the name that is taken
 */
export function exportedKind<S extends Sort>(
  sort: S,
  file: ExportingFile,
  { name, known }: { readonly name?: string | undefined; readonly known: Registry },
): Kinds[S] {
  const [exportName, kind] = chosen(sort, file, name);
  const problem = problemOf(sort, kind);
  if (problem)
    throw new UsageError(
      `${file.name}: expected a ${sort}, got ${exportName} with ${problem}; see engram new ${sort}`,
    );
  const own = kind.name as string;
  if (Object.hasOwn(sort === 'cell' ? known.cells : known.tasks, own))
    throw new UsageError(
      `${file.name}: expected a name of its own, got ${own}, which is a ${sort} that ships; give the ${sort} another name`,
    );
  const { source = 'unpublished', summary = own } = kind;
  const complete = { ...kind, source, summary, settings: strict(kind.settings as ZodType) };
  if (sort === 'cell') return guardCell(complete as unknown as CellKind, file) as Kinds[S];
  return guardTask(complete as unknown as Task, file) as Kinds[S];
}

type Candidate = readonly [exportName: string, kind: Readonly<Record<string, unknown>>];

function chosen(sort: Sort, { name: file, exports }: ExportingFile, name: string | undefined): Candidate {
  const all = candidates(exports);
  if (name !== undefined) {
    const found = all.find(([exportName]) => exportName === name);
    if (found) return found;
    const names = all.map(([exportName]) => exportName);
    throw new UsageError(
      `${file}: expected an export ${name}, got none; ${names.length > 0 ? nearestOrAll(name, names) : `export a ${sort} by that name`}`,
    );
  }
  const whole = all.filter(([, kind]) => problemOf(sort, kind) === undefined);
  const byDefault = all.find(([exportName]) => exportName === 'default');
  if (byDefault && (whole.length === 0 || whole.includes(byDefault))) return byDefault;
  const [first, ...more] = whole;
  if (first && more.length === 0) return first;
  if (first)
    throw new UsageError(
      `${file}: expected one ${sort}, got ${whole.map(([exportName]) => exportName).join(', ')}; choose one: ${file}#${first[0]}`,
    );
  const nearly = all
    .map((candidate) => ({
      candidate,
      has: Object.keys(members[sort]).filter((key) => key in candidate[1]).length,
    }))
    .sort((a, b) => b.has - a.has)[0];
  if (nearly && nearly.has > 0) return nearly.candidate;
  const got = Object.keys(exports).join(', ') || 'no export';
  throw new UsageError(
    `${file}: expected a ${sort} (${Object.keys(members[sort]).join(', ')}), got ${got}; see engram new ${sort}`,
  );
}

/** The exports that can be kinds, each once; of CommonJS the whole of what is exported may be one. */
function candidates(exports: Readonly<Record<string, unknown>>): Candidate[] {
  const whole = Object.hasOwn(exports, 'settings') && Object.hasOwn(exports, 'name');
  const named = whole ? [['default', exports] as const] : Object.entries(exports);
  const records = named.filter((entry): entry is [string, Record<string, unknown>] => isRecord(entry[1]));
  return records.filter(([, kind], index) => records.findIndex(([, other]) => other === kind) === index);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first member that is missing or wrong, as a message goes on. */
function problemOf(sort: Sort, kind: Readonly<Record<string, unknown>>): string | undefined {
  const other: Sort = sort === 'cell' ? 'task' : 'cell';
  for (const [name, [expected, fits]] of Object.entries(members[sort])) {
    const value = Object.hasOwn(kind, name) ? kind[name] : undefined;
    if (fits(value)) continue;
    const isOther = Object.entries(members[other]).every(([key, [, fitsOther]]) => fitsOther(kind[key]));
    if (isOther) return `the members of a ${other}`;
    return value === undefined ? `no ${name} (${expected})` : `a ${name} that is not ${expected}`;
  }
  return undefined;
}

/** A schema that refuses settings it does not know: without that a mistyped flag would be ignored. */
function strict(schema: ZodType): ZodType {
  const { type, catchall } = schema.def as { type?: string; catchall?: unknown };
  return type === 'object' && catchall === undefined ? (schema as ZodObject).strict() : schema;
}
