/** `engram runs`: what is there, what one of them is, and their removal. */
import { UsageError } from '../../core/errors.ts';
import { nearestOrAll } from '../../core/lookup.ts';
import type { Command, Input } from '../shell/command.ts';
import { asStarted } from '../shell/program-name.ts';
import { oneLine, type Terminal } from '../shell/terminal.ts';

/** The command. */
export const command: Command = {
  name: 'runs',
  takes: 'ls|show|rm [run...]',
  summary: 'List runs, show one, or remove some.',
  flags: {
    dir: { kind: 'text', describe: 'the folder that ls looks in (default runs)' },
    where: {
      kind: 'list',
      describe: 'those that ls shows: cell=ntm, cell.slots>=64, state!=solved; any column or setting',
    },
    sort: { kind: 'text', describe: 'what ls sorts by: a column or a setting (default: oldest first)' },
    reverse: { kind: 'switch', describe: 'the other way round' },
    limit: { kind: 'text', describe: 'show so many: the first of a sorted list, or else the newest' },
  },
  examples: [
    ['engram runs ls', 'all runs, oldest first, and in what they differ'],
    ['engram runs ls --where task=copy,cell=ntm --sort best --limit 10', 'the ten best of one kind'],
    ['engram runs show copy-ntm-...', 'its configuration, what made it and how it stands'],
    ['engram runs rm copy-ntm-...', 'remove it, checkpoints and all'],
  ],
  positionals: { least: 1, most: 1000 },
  run,
};

async function run(input: Input, terminal: Terminal): Promise<void> {
  const [action, ...names] = input.positionals;
  const known = { ls, show, rm };
  if (action === undefined || !Object.hasOwn(known, action))
    throw new UsageError(
      `expected ls, show or rm, got ${action}; ${nearestOrAll(String(action), Object.keys(known))}`,
    );
  await known[action as keyof typeof known]({ ...input, positionals: names }, terminal);
}

async function ls({ positionals, flags }: Input, terminal: Terminal): Promise<void> {
  if (positionals.length > 0)
    throw new UsageError(`expected nothing after ls, got ${positionals[0]}; a folder is given with --dir`);
  const { runNames, runsFolder } = await import('../../runs/folder.ts');
  const { summarize } = await import('../../runs/summary.ts');
  const { differences, listedRun, listing, select } = await import('../shell/run-list.ts');
  const { typedNumber } = await import('../shell/typed-settings.ts');
  const { z } = await import('zod');
  const { join } = await import('node:path');
  const text = (name: string) => (flags[name] === undefined ? undefined : String(flags[name]));
  const limit = typedNumber(flags, 'limit', z.int().min(1));
  const dir = text('dir') ?? runsFolder;
  const all = runNames(dir).map((name) => listedRun(summarize(join(dir, name))));
  const selection = { where: text('where'), sort: text('sort'), reverse: flags.reverse === true, limit };
  const chosen = select(all, selection);
  for (const line of chosen.flatMap(({ problems }) => problems)) terminal.note(`engram runs: ${line}`);
  if (flags.json) {
    const differs = differences(chosen);
    const runs = chosen.map(({ summary }, i) => ({ ...summary, differs: differs[i] }));
    return terminal.result(JSON.stringify({ schema: 'engram.runs/1', runs }));
  }
  if (all.length === 0)
    return terminal.result(asStarted(`no runs in ${dir}; make one with: engram train copy`));
  if (chosen.length === 0)
    return terminal.result(`none of the ${all.length} runs in ${dir} has ${selection.where}`);
  const { text: shown, left } = listing(chosen, terminal.columns);
  terminal.result(shown);
  if (left.length > 0) terminal.note(`not shown on so narrow a screen: ${left.join(', ')}`);
}

async function show({ positionals, flags }: Input, terminal: Terminal): Promise<void> {
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0)
    throw new UsageError(`expected one run to show, got ${positionals.length}; see engram runs ls`);
  const { summarize } = await import('../../runs/summary.ts');
  const { openRun } = await import('../../runs/folder.ts');
  const { checkpointSteps } = await import('../../runs/checkpoint.ts');
  const { stringify } = await import('yaml');
  const { path, config, meta } = openRun(name);
  const { created, argv, engine, backend, simd, relaxedSimd, versions, machine } = meta;
  const made = {
    created,
    command: ['engram', ...argv].join(' '),
    engine,
    backend,
    simd,
    relaxedSimd,
    versions,
    machine,
  };
  const { shownPath } = await import('../shell/shown-path.ts');
  const { summary, problems } = summarize(path);
  for (const line of problems) terminal.note(`engram runs: ${line}`);
  const document = {
    ...summary,
    path: shownPath(path),
    checkpoints: checkpointSteps(path),
    made,
    config,
  };
  if (flags.json) return terminal.result(JSON.stringify({ schema: 'engram.run-show/1', ...document }));
  terminal.result(stringify(document).trimEnd());
}

async function rm({ positionals, flags }: Input, terminal: Terminal): Promise<void> {
  if (positionals.length === 0)
    throw new UsageError('expected a run to remove, got none; see engram runs ls');
  const { openRun, runsFolder } = await import('../../runs/folder.ts');
  const { refuseIfLocked } = await import('../../runs/lock.ts');
  const { clearRemoved, refuseForeign, removeRun } = await import('../../runs/remove.ts');
  const { dirname, resolve } = await import('node:path');
  const besides = positionals.flatMap((name) => [resolve(name), resolve(runsFolder, name)]);
  for (const folder of new Set(besides.map(dirname))) clearRemoved(folder);
  // All are looked at before any is removed: a mistyped name removes nothing, and one given twice is one.
  const paths = [...new Set(positionals.map((name) => openRun(name).path))];
  for (const path of paths) {
    refuseIfLocked(path);
    refuseForeign(path);
  }
  const { shownPath } = await import('../shell/shown-path.ts');
  const removed = paths.map((path) => shownPath(path));
  for (const path of paths) removeRun(path);
  if (flags.json) return terminal.result(JSON.stringify({ schema: 'engram.runs-removed/1', removed }));
  for (const path of removed) terminal.result(oneLine(`removed ${path}`));
}
