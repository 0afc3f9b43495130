import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { small, workFolder } from './engram.ts';
import { engramAgain as engram } from './one-process.ts';

const folder = workFolder('lost');
afterAll(folder.remove);
const cwd = folder.path;
const at = (...path: string[]) => join(cwd, ...path);
const copy = (name: string) => fs.cpSync(at('run'), at(name), { recursive: true });
const said = (run: string) => ['last', 'best'].map((name) => fs.readFileSync(at(run, name), 'utf8'));

beforeAll(async () => {
  expect((await engram(['train', 'copy', ...small, '--steps=30', '--out=run'], { cwd })).code).toBe(0);
  // What follows needs to know which is the best.
  expect(said('run')).toEqual(['step-30\n', 'step-30\n']);
});

describe('a run that is killed after a checkpoint and before the files that point at it', () => {
  it('is evaluated by its best all the same, and resume puts the files right', async () => {
    copy('stale');
    for (const name of ['last', 'best']) fs.writeFileSync(at('stale', name), 'step-10\n');
    const evaluation = ['--json', '--sequences=50'];
    const expected = await engram(['eval', 'run', ...evaluation], { cwd });
    expect(await engram(['eval', 'stale', ...evaluation], { cwd })).toEqual(expected);
    expect(JSON.parse(expected.stdout).step).toBe(30);
    expect((await engram(['resume', 'stale'], { cwd })).code).toBe(0);
    expect(said('stale')).toEqual(['step-30\n', 'step-30\n']);
  });
});

describe('a run that is moved away while it is trained', () => {
  it.each([
    ['and nothing comes in its place', () => undefined],
    ['and another folder comes in its place', (place: string) => fs.mkdirSync(place)],
    [
      'and a copy of it comes in its place',
      (place: string) => fs.cpSync(at('run'), place, { recursive: true }),
    ],
  ])('%s: it ends in one line, writes nothing there, and goes on where it is', async (what, replace) => {
    const [place, moved] = [`here ${what}`, `there ${what}`];
    const names = () =>
      fs.existsSync(at(place)) ? fs.readdirSync(at(place), { recursive: true }).sort() : [];
    let before: unknown;
    const { code, stdout, stderr } = await engram(
      ['train', 'copy', ...small, '--steps=100000', `--out=${place}`],
      {
        cwd,
        said: (text, child) => {
          if (before !== undefined || !/^step \d+/m.test(text)) return;
          child.kill('SIGSTOP');
          fs.renameSync(at(place), at(moved));
          replace(at(place));
          before = names();
          child.kill('SIGCONT');
        },
      },
    );
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^engram train: here and [\w ]+(\/checkpoints\/step-\d+)?: expected the folder of the run, got none; it was moved or removed while the run went on, which ends here$/,
    );
    expect(names()).toEqual(before);
    // The move may fall inside a save, whose draft lies beside the checkpoints.
    const saved = fs
      .readdirSync(at(moved, 'checkpoints'))
      .flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? []);
    const steps = 20 + Math.max(...saved.map(Number));
    const resumed = await engram(['resume', moved, `--steps=${steps}`, '--json'], { cwd });
    expect([resumed.code, JSON.parse(resumed.stdout).steps]).toEqual([0, steps]);
  });
});

describe('a run that may not be read', () => {
  // The superuser may read everything.
  const refuse = ['--require', at('refuse.cjs')];
  beforeAll(() =>
    fs.writeFileSync(
      at('refuse.cjs'),
      `const fs = require('node:fs');
       for (const name of ['openSync', 'readFileSync', 'lstatSync', 'statSync', 'readdirSync', 'opendirSync']) {
         const call = fs[name];
         fs[name] = (path, ...given) => {
           const [code, under] = process.env.REFUSED.split(':');
           if (String(path).includes(under)) throw Object.assign(new Error(code), { code, path, syscall: name });
           return call(path, ...given);
         };
       }
       require('node:module').syncBuiltinESMExports();`,
    ),
  );

  it.each([
    [
      'EACCES',
      'checkpoints/step-30/weights.safetensors',
      'expected permission to read, got EACCES; mend its rights',
    ],
    ['EIO', 'checkpoints/step-30/state.json', 'expected to read it, got EIO; see to the disk'],
    [
      'EMFILE',
      'checkpoints/step-30/optimizer.safetensors',
      'expected room for more open files, got EMFILE; allow more',
    ],
    ['EACCES', 'checkpoints', 'expected permission to read, got EACCES; mend its rights'],
    ['EACCES', 'config.json', 'expected permission to read, got EACCES; mend its rights'],
    ['EIO', 'metrics.jsonl', 'expected to read it, got EIO; see to the disk'],
  ])(
    '(%s at %s) is not damaged: told with the cure, left alone, and goes on afterwards',
    async (code, under, says) => {
      const run = `${code}-at-${under.replaceAll('/', '-')}`;
      copy(run);
      const all = () => fs.readdirSync(at(run), { recursive: true }).sort();
      const before = all();
      const env = {
        NODE_OPTIONS: refuse.map((word) => JSON.stringify(word)).join(' '),
        REFUSED: `${code}:${run}/${under}`,
      };
      const { code: exit, stdout, stderr } = await engram(['resume', run, '--steps=40'], { cwd, env });
      expect([exit, stdout]).toEqual([1, '']);
      expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
        new RegExp(`^engram resume: ${run}/${under}: expected `),
      );
      expect(stderr).toContain(says);
      expect(stderr).not.toMatch(/ {4}at /);
      expect(all()).toEqual(before);
      expect((await engram(['resume', run, '--steps=40'], { cwd })).code).toBe(0);
    },
  );
});
