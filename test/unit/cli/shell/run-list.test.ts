/** Which runs `engram runs ls` shows, in what order, and how they fit on a screen. */
import { describe, expect, it } from 'vitest';
import { differences, type ListedRun, listing, select } from '../../../../src/cli/shell/run-list.ts';
import { UsageError } from '../../../../src/core/errors.ts';

function run(path: string, settings: Record<string, unknown>, summary: object = {}): ListedRun {
  const { 'task.name': task = 'copy', 'cell.name': cell = 'ntm', seed = 1, ...rest } = settings;
  return {
    problems: [],
    settings: { 'task.name': task, 'cell.name': cell, seed, 'optimizer.rate': 1e-3, ...rest },
    summary: {
      path,
      task: String(task),
      cell: String(cell),
      seed: Number(seed),
      learningRate: 1e-3,
      parameters: 62_480,
      step: 100,
      sequences: 1600,
      wallSeconds: 75,
      bitsPerSequence: 0.5,
      bestBitsPerSequence: 0.25,
      solved: null,
      created: null,
      state: 'stopped',
      ...summary,
    },
  };
}

const runs = [
  run('runs/a', { 'cell.slots': 64, 'optimizer.name': 'adam' }, { bestBitsPerSequence: 0.5 }),
  run(
    'runs/b',
    { 'cell.slots': 128, 'optimizer.name': 'sgd' },
    { bestBitsPerSequence: 0.01, state: 'solved' },
  ),
  run(
    'runs/c',
    { 'cell.name': 'lstm', 'cell.size': 120, 'optimizer.name': 'adam' },
    { bestBitsPerSequence: null },
  ),
  run('runs/d', { 'cell.slots': 9, 'optimizer.name': 'adam' }, { bestBitsPerSequence: 3 }),
];
const damaged: ListedRun = {
  problems: [],
  settings: {},
  summary: {
    ...run('runs/e', {}).summary,
    task: null,
    cell: null,
    seed: null,
    bestBitsPerSequence: null,
    state: 'damaged',
  },
};
const names = (chosen: readonly ListedRun[]) => chosen.map(({ summary }) => summary.path.at(-1)).join('');

describe('select', () => {
  it.each([
    ['cell=ntm', 'abd'],
    ['cell!=ntm', 'c'],
    ['cell.slots=64', 'a'],
    ['cell.slots>=64', 'ab'],
    ['cell.slots<64', 'd'],
    ['cell.slots>9,cell.slots<128', 'a'],
    ['cell = ntm , state = solved', 'b'],
    ['optimizer=adam', 'acd'],
    ['best<=0.5', 'ab'],
    ['seed=1', 'abcd'],
    ['run=runs/a', 'a'],
    ['cell.slots=1', ''],
  ])('keeps of a list those where %s', (where, kept) => {
    expect(names(select([...runs, damaged], { where }))).toBe(kept);
  });

  it.each([
    ['slots=64', 'got slots; did you mean cell.slots?'],
    ['cell.slot=64', 'did you mean cell.slots?'],
    ['lr=1', 'did you mean optimizer.rate?'],
    ['bset<1', 'did you mean best?'],
    ['nothing-like-it=1', 'there are run, task, cell'],
    ['cell>ntm', 'expected a number after cell>, got ntm'],
    ['ntm', 'expected a condition such as cell=ntm'],
    ['cell=', 'expected a condition such as cell=ntm'],
  ])('refuses %s in one line', (where, message) => {
    expect(() => select(runs, { where })).toThrow(UsageError);
    expect(() => select(runs, { where })).toThrow(message);
  });

  it('sorts numbers by size and texts by alphabet, and leaves last what has no value', () => {
    expect(names(select(runs, { sort: 'best' }))).toBe('badc');
    expect(names(select(runs, { sort: 'best', reverse: true }))).toBe('dabc');
    expect(names(select(runs, { sort: 'cell.slots' }))).toBe('dabc');
    expect(names(select(runs, { sort: 'cell' }))).toBe('cabd');
    expect(() => select(runs, { sort: 'bits' })).toThrow('--sort: expected a column or a setting');
  });

  it('limits to the best of a sorted list, and to the newest of one that is not', () => {
    expect(names(select(runs, { limit: 2 }))).toBe('cd');
    expect(names(select(runs, { limit: 2, reverse: true }))).toBe('dc');
    expect(names(select(runs, { limit: 2, sort: 'best' }))).toBe('ba');
    expect(names(select(runs, { limit: 9 }))).toBe('abcd');
  });

  it('finds nothing in an empty folder, whatever is asked for', () => {
    expect(select([], { where: 'cell=ntm', sort: 'anything', limit: 1 })).toEqual([]);
  });
});

describe('differences', () => {
  it('are the settings that tell the runs apart, first those within one task and cell', () => {
    const told = differences([
      run('a', { batchSize: 16, 'cell.slots': 64, 'cell.width': 20 }),
      run('b', { batchSize: 16, 'cell.slots': 128, 'cell.width': 20 }),
      run('c', { batchSize: 32, 'cell.name': 'lstm', 'cell.size': 120, seed: 2, 'budget.steps': 5 }),
    ]);
    expect(told).toEqual([
      { 'cell.slots': 64, batchSize: 16 },
      { 'cell.slots': 128, batchSize: 16 },
      { batchSize: 32 },
    ]);
    expect(Object.keys(told[0]!)).toEqual(['cell.slots', 'batchSize']);
  });
});

describe('listing', () => {
  it('shows everything where nothing bounds it', () => {
    const { text, left } = listing(runs);
    const [heading, first] = text.split('\n');
    expect(heading).toMatch(
      /^run +task +cell +seed +rate +parameters +sequences +wall +best bits +state +differs$/,
    );
    expect(first).toMatch(
      /^runs\/a +copy +ntm +1 +0.001 +62,480 +1600 +1m15s +0.5 +stopped +cell.slots=64 optimizer.name=adam$/,
    );
    expect(left).toEqual([]);
  });

  it('shortens the hash of a file to what tells it apart', () => {
    const hashed = (path: string, hash: string) => run(path, { 'source.files.my-cell.ts': hash });
    const { text } = listing([
      hashed('runs/a', '0123456789abcdef'.repeat(4)),
      hashed('runs/b', 'f'.repeat(64)),
    ]);
    expect(text.split('\n')[1]).toMatch(/ source\.files\.my-cell\.ts=0123456789ab$/);
  });

  it('has one row a run, whatever signs are in a name or a value', () => {
    const { text } = listing([
      run('runs/a\nb', { 'cell.kind': 'x\ty' }),
      run('runs/c', { 'cell.kind': 'z' }),
    ]);
    expect(text.split('\n')).toHaveLength(3);
    expect(text.split('\n')[1]).toMatch(/^runs\/a\\x0ab +copy .* cell\.kind=x\\x09y$/);
  });

  it('shows a dash for what is not known', () => {
    expect(listing([runs[2]!, damaged]).text.split('\n')[1]).toMatch(/1m15s +- +stopped/);
  });

  it('keeps to any width, one line a run, and says which columns went', () => {
    const long = run('runs/a-name-that-is-longer-than-any-that-is-made-up-here-001', { 'cell.slots': 7 });
    const all = [...runs, long];
    for (const width of [64, 80, 100, 120, 150, 200]) {
      const { text, left } = listing(all, width);
      const lines = text.split('\n');
      expect(lines).toHaveLength(6);
      expect(Math.max(...lines.map((line) => line.length)), `width ${width}`).toBeLessThanOrEqual(width);
      for (const title of left) expect(lines[0]).not.toMatch(new RegExp(`\\b${title}\\b`));
      expect(lines[0]).toMatch(/best bits +state +differs/);
    }
    expect(listing(all, 80).text).toMatch(/^runs\/a-na\S*…\S*here-001/m);
  });
});
