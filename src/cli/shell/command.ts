/**
 * What a command of `engram` is, and how its arguments are read: yargs splits them, and every value stays the text that
 * was typed until a schema reads it, because yargs alone turns `--batch abc` into NaN and goes on.
 */
import type { Argv } from 'yargs';
import { missingHere, settingsCalled } from '../../app/aliases.ts';
import { UsageError } from '../../core/errors.ts';
import { nearest } from '../../core/lookup.ts';
import type { Terminal } from './terminal.ts';

/**
 * A named flag. A `text` takes one value, a `list` several, separated by commas or each with the flag, a `switch` none,
 * or true or false after a `=`.
 */
export interface Flag {
  readonly kind: 'text' | 'list' | 'switch';
  readonly describe: string;
  /** The words it takes, where there are few: the Tab key offers them. */
  readonly values?: readonly string[];
  /** Other names that are taken for it. */
  readonly also?: readonly string[];
  /** Where the value goes in the configuration: `budget.steps`. */
  readonly path?: string;
}

/** A command. Its module imports nothing heavy: `run` does, when it is called. */
export interface Command {
  readonly name: string;
  /** Its positional arguments as help shows them: `<task>`, `<run>`. */
  readonly takes: string;
  readonly summary: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** The dotted flags it takes, by the part before the first dot, each with what it sets. */
  readonly groups?: Readonly<Record<string, string>>;
  /** What to say of a flag that is another command's, after `expected a flag of resume, got --seed`. */
  readonly answer?: (flag: string, words: readonly string[]) => string | undefined;
  /** What to type, and what comes of it. */
  readonly examples: readonly (readonly [string, string])[];
  /** The most positional arguments, and the fewest. */
  readonly positionals: { readonly least: number; readonly most: number };
  run(input: Input, terminal: Terminal): Promise<void>;
}

/** What was typed, split. */
export interface Input {
  readonly positionals: readonly string[];
  /** `true` for a switch, the text for the others, and `false` as text where a setting is switched off; dotted flags are here too, under their whole name. */
  readonly flags: Readonly<Record<string, string | true>>;
  /** All of it, for the record. */
  readonly argv: readonly string[];
}

/** Flags of every command. */
export const commonFlags: Readonly<Record<string, Flag>> = {
  json: { kind: 'switch', describe: 'print exactly one JSON document on stdout' },
  help: { kind: 'switch', describe: 'show this' },
  debug: { kind: 'switch', describe: 'show where an error came from' },
};

/** yargs with every convenience off that would change what was typed. */
async function parser(): Promise<Argv> {
  // A tenth of a second to load, which help does without.
  const { default: yargs } = await import('yargs');
  return yargs().help(false).version(false).exitProcess(false).scriptName('engram').parserConfiguration({
    'dot-notation': false,
    'camel-case-expansion': false,
    'parse-numbers': false,
    'parse-positional-numbers': false,
    'boolean-negation': false,
  });
}

/**
 * Splits a command's arguments.
 * @throws UsageError on a flag the command does not have, one given twice, one without its value, or a stray argument
 */
export async function readInput(command: Command, argv: readonly string[]): Promise<Input> {
  let reader = await parser();
  for (const [name, flag] of Object.entries(flagsOf(command)))
    reader = reader.option(name, { type: flag.kind === 'switch' ? 'boolean' : 'string' });
  const typed = spelledOut(command, argv);
  checkWords(command, typed);
  const { _: words, $0: _program, ...given } = await reader.parseAsync(joinNegatives(typed));
  const flags: Record<string, string | true> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    checkFlag(command, name, value, words.map(String));
    // A switch that is off is as one left out, unless it sets what a file or a run may have on.
    if (Array.isArray(value)) flags[name] = value.join(',');
    else if (value !== false) flags[name] = value as string | true;
    else if (flagsOf(command)[name]?.path !== undefined) flags[name] = 'false';
  }
  const positionals = words.map(String);
  checkPositionals(command, positionals);
  return { positionals, flags, argv };
}

/** `--batchSize 3` as `--batch 3`: each flag by its first name. */
function spelledOut(command: Command, argv: readonly string[]): string[] {
  const names = Object.entries(flagsOf(command)).flatMap(([name, { also = [] }]) =>
    also.map((other) => [`--${other}`, `--${name}`] as const),
  );
  const first = new Map<string, string>(names);
  return argv.map((word) => {
    const [, name = word, rest = ''] = /^(--[^=]+)(=.*)?$/s.exec(word) ?? [];
    return (first.get(name) ?? name) + rest;
  });
}

/** `--rate -1e-3` as `--rate=-1e-3`: a value that begins with a minus would be taken for a flag. */
function joinNegatives(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of argv) {
    const previous = joined.at(-1);
    const bare = previous?.startsWith('--') && !previous.includes('=');
    if (bare && /^-[.\d]/.test(word)) joined[joined.length - 1] = `${previous}=${word}`;
    else joined.push(word);
  }
  return joined;
}

/** yargs stumbles over names that every object has, such as `--toString`, and takes any text after a switch for true. */
function checkWords(command: Command, argv: readonly string[]): void {
  for (const word of argv) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) continue;
    if (name in Object.prototype)
      throw new UsageError(`expected a flag of ${command.name}, got --${name}; ${seeHelp(command)}`);
    if (value === undefined || flagsOf(command)[name]?.kind !== 'switch') continue;
    if (value !== 'true' && value !== 'false')
      throw new UsageError(
        `expected --${name}, --${name}=true or --${name}=false, got ${word}; ${seeHelp(command)}`,
      );
  }
}

function checkFlag(command: Command, name: string, value: unknown, words: readonly string[]): void {
  const shown = name.length === 1 ? `-${name}` : `--${name}`;
  const flag = flagsOf(command)[name];
  const group = name.includes('.') ? name.split('.', 1)[0]! : undefined;
  if (!flag && (group === undefined || command.groups?.[group] === undefined))
    throw new UsageError(
      `expected a flag of ${command.name}, got ${shown}; ${command.answer?.(name, words) ?? flagMeant(command, name) ?? seeHelp(command)}`,
    );
  if (Array.isArray(value) && flag?.kind !== 'list')
    throw new UsageError(`expected ${shown} once, got it ${value.length} times; keep one`);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (flag !== undefined && flag.kind !== 'switch' && values.some((one) => one === '' || one === true))
    throw new UsageError(`expected a value after ${shown}, got nothing; ${seeHelp(command)}`);
}

function flagsOf(command: Command): Readonly<Record<string, Flag>> {
  return { ...command.flags, ...commonFlags };
}

/** What an unknown flag may stand for: ours for another tool's, the settings of a group, or one of nearly that name. */
function flagMeant(command: Command, name: string): string | undefined {
  const none = missingHere(name);
  if (none !== undefined) return none;
  const { groups = {} } = command;
  const meant = settingsCalled(name).flatMap((path) => flagOf(command, path) ?? []);
  if (meant.length > 0) return `did you mean ${meant.join(' or ')}?`;
  if (Object.hasOwn(groups, name)) return `there are ${groups[name]}`;
  const known = name.includes('.') ? [] : Object.keys(flagsOf(command));
  const near = nearest(name.split('.', 1)[0]!, [...known, ...Object.keys(groups)]);
  return near && `did you mean --${near}?`;
}

/** The flag of a command that sets a path, if one does. */
function flagOf({ flags, groups = {} }: Command, path: string): string | undefined {
  const own = Object.entries(flags).find(([, flag]) => flag.path === path)?.[0] ?? path;
  return own in flags || own.split('.', 1)[0]! in groups ? `--${own}` : undefined;
}

function seeHelp(command: Command): string {
  return `see engram ${command.name} --help`;
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const { least, most } = command.positionals;
  if (positionals.includes(''))
    throw new UsageError(
      `expected ${command.takes || 'no argument'}, got an empty word; ${seeHelp(command)}`,
    );
  if (positionals.length < least)
    throw new UsageError(
      `expected ${command.takes}, got ${positionals.length === 0 ? 'nothing' : positionals.join(' ')}; ${seeHelp(command)}`,
    );
  if (positionals.length > most)
    throw new UsageError(
      `expected ${command.takes || 'no argument'}, got ${positionals.slice(most).join(' ')} beside it; ${seeHelp(command)}`,
    );
}
