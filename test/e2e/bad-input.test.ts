import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engram, expectRefusal, main, small, workFolder } from './engram.ts';

const folder = workFolder('bad');
afterAll(folder.remove);
const cwd = folder.path;
const at = (...path: string[]) => join(cwd, ...path);

beforeAll(async () => {
  fs.mkdirSync(at('full'));
  fs.writeFileSync(at('full', 'mine.txt'), 'precious');
  const trained = await engram(['train', 'copy', ...small, '--steps=20', '--out=run'], { cwd });
  expect(trained.code).toBe(0);
});

describe('usage', () => {
  it.each<[string, RegExp | string]>([
    ['trian copy', 'engram: expected a command, got trian; did you mean train?'],
    ['train copy --batch abc', 'engram train: --batch: expected a finite number, got "abc"'],
    ['train copy --cell.slot 5', 'expected a known setting, got --cell.slot; did you mean cell.slots?'],
    ['train copy --optimizer.rate -1e-3', '--optimizer.rate: expected a number of more than 0, got -0.001'],
    [
      'train copy --out full',
      '--out: expected an empty or new folder, got full with mine.txt in it; give another folder',
    ],
    ['train copy --out run', /got run with .* in it; go on with: engram resume run/],
    ['resume run --seed 3', 'expected a flag of resume, got --seed'],
    ['eval run --sequences 0', '--sequences: expected a number of at least 1, got 0'],
    ['eval run --sequences many', '--sequences: expected a finite number, got "many"'],
    ['eval run --seed -1', '--seed: expected a number of at least 0, got -1'],
    ['eval run --grid --task.maxLength 9', 'expected --grid or --task settings, got both'],
    [
      'eval run --task.width 5',
      'expected inputs and outputs of the sizes [4,3] that the model was trained on, got [6,5]',
    ],
    [
      'eval run --task.minLenght 5',
      'expected a known setting, got --task.minLenght; did you mean task.minLength?',
    ],
    ['eval run --cell.size 5', 'expected a flag of eval, got --cell.size'],
    [
      'inspect run --out full',
      '--out: expected an empty folder or an earlier report, got full with mine.txt in it',
    ],
  ])('engram %s', async (line, message) => {
    expectRefusal(await engram(line.split(' '), { cwd }), 2, message);
    expect(fs.readdirSync(cwd).sort()).toEqual(['full', 'run']);
    expect(fs.readFileSync(at('full', 'mine.txt'), 'utf8')).toBe('precious');
  });

  it('makes no folder for a run that cannot begin', async () => {
    for (const flags of ['--batch=abc --out=a/b', '--engine=compiled --backend=tensorflow --out=c/d'])
      expect((await engram(['train', 'copy', ...flags.split(' ')], { cwd })).code).toBe(2);
    expect(['a', 'c'].filter((name) => fs.existsSync(at(name)))).toEqual([]);
  });

  it('is told as a document with --json', async () => {
    const { code, stdout, stderr } = await engram(['train', 'copy', '--cell', 'ntn', '--json'], { cwd });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 2, name: 'UsageError', message: 'expected a cell, got ntn; did you mean ntm?' },
    });
    expect(stderr).toBe('engram train: expected a cell, got ntn; did you mean ntm?\n');
  });

  it.each(['--backend=wasm', '--engine=compiled'])(
    'of sizes that do not fit in memory (%s)',
    async (machine) => {
      for (const sizes of [['--cell.slots=65536', '--cell.width=65536'], ['--cell.controllerSize=65536']])
        expectRefusal(
          await engram(['train', 'copy', ...sizes, machine, '--steps=1'], { cwd }),
          2,
          /expected .*at most 268435456 numbers/,
        );
    },
  );
});

describe('a system that lets few files be open', () => {
  it.each([19, 20, 24, 32, 40])('at %i: one line with the cure, whatever could not be opened', (files) => {
    const line = `ulimit -n ${files}; "${process.execPath}" "${main}" doctor`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { cwd, encoding: 'utf8' });
    expect(stderr).toMatch(
      /^engram[ a-z]*: expected room for more open files, got EMFILE; allow more with: ulimit -n 1024\n$/,
    );
    expect([status, stdout]).toEqual([1, '']);
  });
});

describe('training that cannot fit into memory', () => {
  it.each(['--cell.slots=65536 --cell.width=1024', '--cell.width=4096 --batch=4096'])(
    'is refused before it is built (%s)',
    async (sizes) => {
      const result = await engram(['train', 'copy', ...sizes.split(' '), '--out=large'], { cwd });
      expectRefusal(
        result,
        2,
        /expected training that fits into 4294967296 bytes, got at least \d{11,}: .*--batch/,
      );
      expect(fs.existsSync(at('large'))).toBe(false);
    },
  );

  it('is not what fits: the header is there before the model is built, and Ctrl-C ends it', async () => {
    const result = await engram(['train', 'copy', '--cell.width=4096', '--out=wide'], {
      cwd,
      said: (stderr, child) => {
        if (/to compare with: .*\n$/.test(stderr)) child.kill('SIGINT');
      },
    });
    expect(result.signal).toBe('SIGINT');
    expect(result.stderr).toMatch(/^copy with ntm: 3376268 parameters, .*\nto compare with: .*\n$/);
    expect(fs.readdirSync(at('wide'))).toEqual(['lock']);
    const again = await engram(['train', 'copy', ...small, '--steps=10', '--out=wide'], { cwd });
    expect(again.code).toBe(0);
    fs.rmSync(at('wide'), { recursive: true });
  });
});

describe('a run that is not there', () => {
  it('is answered with one of nearly that name', async () => {
    fs.cpSync(at('run'), at('runs', 'copy-lstm-1'), { recursive: true });
    expectRefusal(await engram(['eval', 'copy-lsmt-1'], { cwd }), 6, 'did you mean copy-lstm-1?');
  });

  it('removes nothing when one name of several is wrong', async () => {
    expectRefusal(await engram(['runs', 'rm', 'copy-lstm-1', 'nowhere'], { cwd }), 6, 'got nowhere');
    expect(fs.existsSync(at('runs', 'copy-lstm-1', 'config.json'))).toBe(true);
  });
});
