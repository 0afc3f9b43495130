/**
 * Reads settings by their schema and puts what is wrong with them in one line: `cell.slots: expected an integer of at
 * least 1, got 0`. The schema libraries' own messages name neither the place nor the value.
 */
import type { ZodType, z } from 'zod';
import { UsageError } from './errors.ts';
import { nearest } from './lookup.ts';

/** How a problem is told. */
export interface SettingsPlace {
  /** Path of the settings in the whole: `cell`. */
  readonly at?: string;
  /** What to do, when no suggestion fits: `see engram cells ntm`. */
  readonly cure?: string;
  /** The name a person knows a path by, `--batch` for `batchSize`; the path itself by default. */
  readonly name?: (path: string) => string;
  /** Dotted names of settings outside the schema that an unknown key may be meant for. */
  readonly elsewhere?: (key: string) => readonly string[];
}

/**
 * The settings with every default filled in.
 * @throws UsageError naming the first thing that is wrong
 */
export function readSettings<T>(schema: ZodType<T>, value: unknown, place: SettingsPlace = {}): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { name = (path) => path, cure } = place;
  const { issues } = result.error;
  const issue = tightest(issues);
  const path = fullPath(place, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const meant = settingsMeant(key, { schema, value, at: issue.path, place });
    throw new UsageError(`expected a known setting, got ${name([...path, key].join('.'))}; ${meant}`);
  }
  const where = path.length > 0 ? `${name(path.join('.'))}: ` : '';
  // One setting may be wrong in more than one way.
  const more = new Set(issues.map((other) => other.path.join('.'))).size - 1;
  const rest = [cure, more > 0 ? `${more} more like it` : undefined].filter(Boolean).join('; ');
  throw new UsageError(`${where}${problem(issue, at(value, issue.path))}${rest ? `; ${rest}` : ''}`);
}

/** The first issue, or what says more of the same: integers have bounds of their own before a setting's. */
function tightest(issues: readonly Issue[]): Issue {
  const { code, path } = issues[0]!;
  return issues.findLast((other) => other.code === code && other.path.join('.') === path.join('.'))!;
}

function fullPath({ at }: SettingsPlace, path: readonly PropertyKey[]): string[] {
  return [...(at ? [at] : []), ...path.map(String)];
}

/** What an unknown key may stand for: a setting beside it, or one of nearly that name elsewhere; else all beside it. */
function settingsMeant(
  key: string,
  where: { schema: ZodType; value: unknown; at: readonly PropertyKey[]; place: SettingsPlace },
): string {
  const { schema, value, place } = where;
  const full = (own: string) => [...fullPath(place, where.at), own].join('.');
  const beside = knownKeys(schema, where.at, value);
  const inside = namesInside(schema, value).filter((path) =>
    nearest(key, [path.slice(path.lastIndexOf('.') + 1)], 1),
  );
  const far = [...inside.map((path) => fullPath(place, [path]).join('.')), ...(place.elsewhere?.(key) ?? [])];
  const near = nearest(key, beside, far.length === 0 ? undefined : 1);
  if (near !== undefined) return `did you mean ${full(near)}?`;
  if (far.length > 0) return `did you mean ${far.join(' or ')}?`;
  return beside.length > 0 ? `there are ${beside.join(', ')}` : (place.cure ?? 'remove it');
}

type Issue = z.core.$ZodIssue;

/** `expected ..., got ...` for one issue. A schema's own message is taken as it is: it is written in this form. */
function problem(issue: Issue, got: unknown): string {
  const expected = expectation(issue);
  return expected === undefined ? issue.message : `expected ${expected}, got ${show(got)}`;
}

function expectation(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? `a ${issue.expected}`;
    case 'too_small':
      return bound(issue.origin, `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`);
    case 'too_big':
      return bound(issue.origin, `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`);
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union': {
      const options = (issue as { options?: readonly z.core.util.Primitive[] }).options;
      return options ? oneOf(options) : undefined;
    }
    default:
      return undefined;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  int: 'an integer',
  number: 'a finite number',
  boolean: 'true or false',
  string: 'text',
  object: 'named settings',
  array: 'a list',
};

function bound(origin: string, limit: string): string {
  if (origin === 'array') return `a list of ${limit} entries`;
  if (origin === 'string') return `text of ${limit} characters`;
  return `a number of ${limit}`;
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(', ')}`;
}

/** A value as a message shows it: short, on one line. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

interface Definition {
  readonly type: string;
  readonly shape?: Record<string, ZodType>;
  readonly innerType?: ZodType;
  readonly in?: ZodType;
  readonly options?: readonly ZodType[];
}

/** The schema under defaults and pipes; of a union, the member that the value names. */
function unwrap(schema: ZodType, value: unknown): Record<string, ZodType> {
  const { shape, innerType, in: input, options } = schema.def as unknown as Definition;
  const inner = innerType ?? input;
  if (inner) return unwrap(inner, value);
  if (!options) return shape ?? {};
  const shapes = options.map((option) => unwrap(option, value));
  const name = (value as { name?: unknown } | undefined)?.name;
  const named = shapes.find((member) => member.name?.safeParse(name).success);
  return named ?? {};
}

/** The settings that a schema knows at a path of a value. */
function knownKeys(schema: ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  let shape = unwrap(schema, value);
  let inner = value;
  for (const key of path) {
    inner = at(inner, [key]);
    const next = shape[String(key)];
    shape = next ? unwrap(next, inner) : {};
  }
  return Object.keys(shape);
}

/** The settings of a schema and, dotted, all inside them. */
function namesInside(schema: ZodType, value: unknown): string[] {
  return Object.entries(unwrap(schema, value)).flatMap(([key, inner]) => [
    key,
    ...namesInside(inner, at(value, [key])).map((own) => `${key}.${own}`),
  ]);
}
