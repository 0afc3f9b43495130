/** A plan as a file: what flags say, by their names without dashes, and what is varied in the shape of a sweep of W&B. */
import { isLayer, type Layer } from '../../app/layers.ts';
import { type Axis, checkAxes } from '../../compare/axes.ts';
import { readParameters } from '../../compare/parameters.ts';
import { UsageError } from '../../core/errors.ts';
import { nearest } from '../../core/lookup.ts';
import type { Command, Flag, Input } from './command.ts';
import { readConfigFile } from './config-file.ts';

/** What a plan says. */
export interface PlanFile {
  readonly flags: Input['flags'];
  readonly axes: readonly Axis[];
}

/** Names of a plan for flags that are called otherwise. */
const calledOtherwise: Readonly<Record<string, string>> = { tasks: 'task', cell: 'cells' };

/**
 * Reads a plan for a command, whose flags may stand in it.
 * @throws UsageError on what the command has no flag for
 */
export function readPlanFile(path: string, command: Pick<Command, 'name' | 'flags' | 'groups'>): PlanFile {
  const { parameters, ...layer } = readConfigFile(path, path);
  const flags: Record<string, string | true> = {};
  for (const [name, value] of settingsOf(layer, command)) {
    const [flag, found] = flagOf(name, { command, path });
    if (flags[flag] !== undefined)
      throw new UsageError(`${path}: expected ${name} once, got it twice; keep one`);
    flags[flag] = textOf(value, found, `${name} in ${path}`);
  }
  const axes = parameters === undefined ? [] : readParameters(parameters, `parameters in ${path}`);
  checkAxes(axes);
  return { flags, axes };
}

/** Settings by their names, those of a group with its name in front: `task` itself is the name in it. */
function settingsOf(layer: Layer, { groups = {} }: Pick<Command, 'groups'>): [string, unknown][] {
  return Object.entries(layer).flatMap(([name, value]): [string, unknown][] => {
    if (!isLayer(value) || !Object.hasOwn(groups, name)) return [[name, value]];
    return Object.entries(value).map(([inner, one]) => [inner === 'name' ? name : `${name}.${inner}`, one]);
  });
}

/** The flag that a name in a plan stands for. */
function flagOf(
  name: string,
  { command, path }: { readonly command: Pick<Command, 'name' | 'flags' | 'groups'>; readonly path: string },
): [string, Flag | undefined] {
  const { flags, groups = {} } = command;
  const called = calledOtherwise[name] ?? name;
  const entries = Object.entries(flags);
  const found =
    entries.find(([flag]) => flag === called) ??
    entries.find(([, flag]) => flag.path === called || flag.also?.includes(called));
  if (found) return found;
  if (name.includes('.') && Object.hasOwn(groups, name.split('.', 1)[0]!)) return [name, undefined];
  const near = nearest(name, [...Object.keys(flags), ...Object.keys(groups), 'tasks', 'parameters']);
  throw new UsageError(
    `${path}: expected a setting of engram ${command.name}, got ${name}; ${near ? `did you mean ${near}?` : `see engram ${command.name} --help`}`,
  );
}

/** A value as it would be typed. */
function textOf(value: unknown, flag: Flag | undefined, at: string): string | true {
  if (value === true && flag?.kind === 'switch') return true;
  if (Array.isArray(value)) return flag?.kind === 'list' ? value.join(',') : JSON.stringify(value);
  if (value === null || isLayer(value) || value === '')
    throw new UsageError(
      `${at}: expected a value, got ${isLayer(value) ? 'a group of settings' : 'nothing'}; write name: value`,
    );
  return String(value);
}

/**
 * What reading flags comes to where some of them are a plan's: what is wrong with those is told by their name in it.
 * @param own the flags of the plan that nothing typed takes the place of
 */
export function toldByPlan<T>(path: string, own: Input['flags'], read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      error.message.replaceAll(/--([\w.-]*\w)(?=:)/g, (whole, flag: string) =>
        Object.hasOwn(own, flag) ? `${flag} in ${path}` : whole,
      ),
    );
  }
}
