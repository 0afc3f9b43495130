import { describe, expect, it } from 'vitest';
import { type Command, readInput } from '../../../../src/cli/shell/command.ts';
import { commandHelp, overview } from '../../../../src/cli/shell/help.ts';
import { UsageError } from '../../../../src/core/errors.ts';

const command: Command = {
  name: 'train',
  takes: '<task>',
  summary: 'Train something.',
  flags: {
    batch: { kind: 'text', describe: 'sequences in a batch' },
    seed: { kind: 'text', describe: 'the seed' },
    where: { kind: 'list', describe: 'conditions' },
    'until-solved': { kind: 'switch', path: 'budget.untilSolved', describe: 'go on' },
  },
  groups: { cell: 'settings of the cell', task: 'settings of the task' },
  examples: [['engram train copy', 'an example']],
  positionals: { least: 1, most: 1 },
  run: async () => undefined,
};

const read = (...argv: string[]) => readInput(command, argv);

describe('readInput', () => {
  it('keeps every value as it was typed', async () => {
    const input = await read('copy', '--batch', '007', '--seed=-1', '--until-solved', '--json');
    expect(input.positionals).toEqual(['copy']);
    expect(input.flags).toEqual({ batch: '007', seed: '-1', 'until-solved': true, json: true });
  });

  it('joins what a list is given, by commas and by the flag again', async () => {
    expect((await read('copy', '--where', 'a=1,b=2', '--where=c=3')).flags).toEqual({ where: 'a=1,b=2,c=3' });
    await expect(read('copy', '--where')).rejects.toThrow('expected a value after --where, got nothing');
    await expect(read('copy', '--where=')).rejects.toThrow('expected a value after --where, got nothing');
  });

  it('collects dotted flags of any shape of value', async () => {
    const { flags } = await read(
      'copy',
      '--cell.slots',
      '64',
      '--cell.rate=-1e-3',
      '--task.on',
      '--cell.x',
      '-5',
    );
    expect(flags).toEqual({ 'cell.slots': '64', 'cell.rate': '-1e-3', 'task.on': true, 'cell.x': '-5' });
  });

  it.each(['-3', '-1e-3', '-.5'])('takes %s for a value, not a flag', async (value) => {
    expect((await read('copy', '--batch', value)).flags).toEqual({ batch: value });
    expect((await read('copy', '--cell.x', value)).flags).toEqual({ 'cell.x': value });
  });

  it.each([
    ['--json=true', '--until-solved=false'],
    ['--json', '--until-solved', 'false'],
  ])('reads %s %s as switched on and off', async (...words) => {
    expect((await read('copy', ...words)).flags).toEqual({ json: true, 'until-solved': 'false' });
    expect((await read('copy', '--json=false')).flags).toEqual({});
  });

  it.each([
    [['copy', '--debug=maybe'], 'expected --debug, --debug=true or --debug=false, got --debug=maybe'],
    [['copy', '--toString', '3'], 'expected a flag of train, got --toString'],
    [['copy', '--__proto__=3'], 'expected a flag of train, got --__proto__'],
    [['copy', '--until-solved=1'], 'or --until-solved=false, got --until-solved=1'],
    [['copy', '--json='], 'got --json=; see engram train --help'],
    [[''], 'expected <task>, got an empty word; see engram train --help'],
    [['copy', '--bacth', '3'], 'expected a flag of train, got --bacth; did you mean --batch?'],
    [['copy', '--batch-size', '3'], 'expected a flag of train, got --batch-size'],
    [['copy', '--cel.slots', '3'], 'expected a flag of train, got --cel.slots; did you mean --cell?'],
    [['copy', '--model.size', '3'], 'got --model.size; see engram train --help'],
    [['copy', '-x'], 'expected a flag of train, got -x'],
    [['copy', '--no-json'], 'expected a flag of train, got --no-json'],
    [['copy', '--batch'], 'expected a value after --batch, got nothing'],
    [['copy', '--batch='], 'expected a value after --batch, got nothing'],
    [['copy', '--batch', '--json'], 'expected a value after --batch, got nothing'],
    [['copy', '--batch', '1', '--batch', '2'], 'expected --batch once, got it 2 times'],
    [['copy', '--cell.x', '1', '--cell.x', '2'], 'expected --cell.x once, got it 2 times'],
    [[], 'expected <task>, got nothing'],
    [['copy', 'recall'], 'expected <task>, got recall beside it'],
  ])('refuses %j', async (argv, message) => {
    const reading = readInput(command, argv);
    await expect(reading).rejects.toThrow(UsageError);
    await expect(reading).rejects.toThrow(message);
  });
});

describe('help', () => {
  it('of a command names its flags, groups, examples and the exit codes', () => {
    const help = commandHelp(command);
    for (const part of ['--batch', '--until-solved', '--cell.*', '--json', 'engram train copy', 'an example'])
      expect(help).toContain(part);
    for (const code of [0, 1, 2, 3, 4, 5, 6, 130]) expect(help).toMatch(new RegExp(`\\b${code}\\b`));
  });

  it('of engram names the commands', () => {
    expect(overview([command])).toMatch(/engram train <task>\s+Train something\./);
  });

  it.each([60, 80, 110])('keeps to a screen of %i columns', (width) => {
    const wordy = {
      ...command,
      flags: { long: { kind: 'text', describe: 'many words '.repeat(30).trim() } },
    } as const;
    const lines = commandHelp(wordy, width).split('\n');
    const body = lines.slice(lines.indexOf('Options:'), lines.indexOf('Exit codes:'));
    for (const line of body) expect(line.length).toBeLessThanOrEqual(width);
    expect(body.filter((line) => line.includes('many words')).length).toBeGreaterThan(2);
  });
});
