/**
 * What a damaged folder may be answered with: what the whole one is, or another answer and a word about it, or one clear
 * line and a documented exit code. What a file says that no hash guards, in the form that it should have, is what it says.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './command.ts';
import type { Damage } from './damage.ts';
import { type CommandName, type Reference, resultOf, type Subject } from './subject.ts';

/** A case that has been run. */
export interface Judged {
  readonly subject: Subject;
  readonly name: CommandName;
  readonly damages: readonly Damage[];
  readonly folder: string;
  readonly outcome: Outcome;
  readonly reference: Reference;
  /** Whether a damaged file says something else by its own right, and is shown as it is. */
  readonly claimed: boolean;
  /** Whether all of them do, or their hashes were made to fit: then what is computed may be another, too. */
  readonly authored: boolean;
}

/** Exit codes of a line that is a refusal; 1 is what the disk refuses. */
const documented = [1, 2, 3, 6];
const raw =
  /^\s*at |node:\w|internal:|is not a |Cannot (read|set|convert)|undefined|\[object|E[A-Z]{3,}: |, (open|stat|lstat|read|scandir|unlink|rename)\b|JSON at|Unexpected|Maximum call/m;

/** What is wrong with an answer; nothing where it may be given. */
export function complaint(judged: Judged): string | undefined {
  const { outcome, name } = judged;
  const { failure, notes } = outcome;
  const lines = failure ? [...notes, failure.message] : notes;
  const unclear = lines.find((line) => raw.test(line) || line.includes('\n'));
  if (unclear !== undefined) return `not clear: ${unclear}`;
  if (failure) return refusalComplaint(outcome);
  if (outcome.code !== 0) return `exit code ${outcome.code} without a word`;
  return name === 'ls' ? listComplaint(judged) : answerComplaint(judged);
}

function refusalComplaint({ failure, code, stack }: Outcome): string | undefined {
  const { name, message } = failure!;
  if (!documented.includes(code)) return `exit code ${code}: ${message}`;
  if (code === 1 && name !== 'StorageError' && name !== 'SystemError')
    return `unexpected: ${message} ${stack}`;
  return /expected .+, got .+/.test(message) ? undefined : `not in our words: ${message}`;
}

/** Whether a command said something about the run beside what it always says, where there was something to be known. */
function isTold({ outcome, damages }: Judged): boolean {
  const word = /expected .+, got |has changed since|its numbers go another way/;
  return outcome.notes.some((line) => word.test(line)) || isBeyondKnowing(damages);
}

function answerComplaint(judged: Judged): string | undefined {
  const { name, folder, outcome, reference, claimed, authored } = judged;
  const { said, computed } = resultOf(name, folder, outcome);
  const whole = reference.results[name]!;
  if (name === 'eval' && /null|NaN/.test(said.replace('"step":null', ''))) return `not finite: ${said}`;
  if (authored || (said === whole.said && computed === whole.computed)) return undefined;
  if (computed !== whole.computed) return `trained to something else: ${outcome.notes.join(' | ')}`;
  const state = name === 'show' ? (JSON.parse(said).state as string) : '';
  const told = isTold(judged) || ['damaged', 'unreadable'].includes(state);
  if (!told && claimed && name !== 'eval') return undefined;
  if (!told) return `another answer without a word: ${difference(said, whole.said)}`;
  if (name !== 'eval') return undefined;
  return said === reference.steps.get(JSON.parse(said).step) ? undefined : `another evaluation: ${said}`;
}

function listComplaint(judged: Judged): string | undefined {
  const { outcome, reference, claimed, subject } = judged;
  type Row = { path: string; state: string; differs?: unknown };
  const rowsOf = (text: string): Row[] => JSON.parse(text).runs.map(({ differs: _, ...row }: Row) => row);
  const rows = rowsOf(outcome.out);
  const whole = rowsOf(reference.results.ls!.said);
  const find = (some: Row[], name: string) => some.find(({ path }) => path === join('runs', name));
  const text = (row: Row | undefined) => JSON.stringify(row);
  if (text(find(rows, 'good')) !== text(find(whole, 'good')))
    return `the run beside it: ${text(find(rows, 'good'))}`;
  const own = find(rows, 'run');
  if (claimed || text(own) === text(find(whole, 'run'))) return undefined;
  const gone = own === undefined && subject !== 'model';
  const told = isTold(judged) || ['damaged', 'unreadable'].includes(own?.state ?? '');
  return told || gone
    ? undefined
    : `another row without a word: ${difference(text(own)!, text(find(whole, 'run'))!)}`;
}

/** Where two texts begin to differ. */
function difference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const from = Math.max(0, at - 40);
  return `...${a.slice(from, at + 60)} for ...${b.slice(from, at + 60)}`;
}

// --- what files may say

/** Parts of a configuration that no hash holds a run to: how long it trains, and what computes it. */
const free = ['budget', 'checkpoint', 'engine', 'backend', 'threads', 'relaxedSimd'];

/** Whether the newest checkpoint went with the only file that says that it was there: the others know nothing of it. */
function isBeyondKnowing(damages: readonly Damage[]): boolean {
  const lost = damages.some(({ what }) => /^(lost|renamed|all lost)/.test(what));
  return lost && damages.some(({ file }) => file === 'last');
}

/** Which of the damages are only what files say by their own right. */
export function claimsOf(base: string, folder: string, damages: readonly Damage[]): Damage[] {
  return damages.filter(
    ({ file, authored }) => authored || saysOtherwise(join(base, file), join(folder, file), file),
  );
}

function saysOtherwise(before: string, after: string, file: string): boolean {
  const [was, is] = [textOf(before), textOf(after)];
  if (file.startsWith('lock')) return true;
  if (was === undefined || is === undefined) return false;
  if (was === is) return true;
  try {
    if (file === 'meta.json') return form(JSON.parse(was)) === form(JSON.parse(is));
    if (file === 'config.json') return held(JSON.parse(was)) === held(JSON.parse(is));
    return file.endsWith('.jsonl') && linesSayOtherwise(was, is);
  } catch {
    return false;
  }
}

function linesSayOtherwise(was: string, is: string): boolean {
  const forms = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => form(JSON.parse(line)));
  const [before, after] = [forms(was), forms(is)];
  return after.length === before.length && after.every((one) => before.includes(one));
}

function textOf(path: string): string | undefined {
  try {
    const stat = fs.lstatSync(path);
    return stat.isFile() && stat.size < 1e6 ? fs.readFileSync(path, 'utf8') : undefined;
  } catch {
    // Another damage took it away.
    return undefined;
  }
}

/** The types of a value and of all in it. */
function form(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(form).join()}]`;
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${key}:${form(inner)}`).join()}}`;
}

function held(config: Record<string, unknown>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(config).filter(([key]) => !free.includes(key))));
}
