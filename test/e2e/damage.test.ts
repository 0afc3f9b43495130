import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, small, workFolder } from './engram.ts';
import { engramAgain as engram } from './one-process.ts';

const folder = workFolder('damage');
afterAll(folder.remove);
const cwd = folder.path;
const at = (...path: string[]) => join(cwd, ...path);

beforeAll(async () => {
  const trained = await engram(['train', 'copy', ...small, '--steps=20', '--out=run'], { cwd });
  const smaller = [...small.filter((flag) => flag !== '--cell.size=12'), '--cell.size=5'];
  const other = await engram(['train', 'copy', ...smaller, '--steps=20', '--out=other'], { cwd });
  expect([trained.code, other.code]).toEqual([0, 0]);
});

/** Everything in a folder with its contents, to see that nothing has changed. */
function contents(path: string): Record<string, string> {
  const names = fs.readdirSync(path, { recursive: true }) as string[];
  const files = names.filter((name) => fs.statSync(join(path, name)).isFile());
  return Object.fromEntries(files.sort().map((name) => [name, fs.readFileSync(join(path, name), 'base64')]));
}

describe('a damaged checkpoint', () => {
  const weights = (run: string) => at(run, 'checkpoints', 'step-20', 'weights.safetensors');
  const flip = (file: string, offset: number) => {
    const bytes = fs.readFileSync(file);
    bytes[offset < 0 ? bytes.length + offset : offset]! ^= 1;
    fs.writeFileSync(file, bytes);
  };
  const damages: [string, (run: string) => void][] = [
    ['truncated file', (run) => fs.truncateSync(weights(run), 100)],
    ['empty file', (run) => fs.truncateSync(weights(run), 0)],
    ['flipped byte', (run) => flip(weights(run), -5)],
    ['huge header length', (run) => flip(weights(run), 6)],
    ['missing file', (run) => fs.rmSync(weights(run))],
    [
      'state that is not JSON',
      (run) => fs.writeFileSync(at(run, 'checkpoints', 'step-20', 'state.json'), 'not json'),
    ],
    ['state with a flipped byte', (run) => flip(at(run, 'checkpoints', 'step-20', 'state.json'), 60)],
    [
      'checkpoint of another cell',
      (run) => {
        fs.rmSync(at(run, 'checkpoints', 'step-20'), { recursive: true });
        fs.cpSync(at('other', 'checkpoints', 'step-20'), at(run, 'checkpoints', 'step-20'), {
          recursive: true,
        });
      },
    ],
    [
      'wrong shape',
      (run) => {
        const bytes = fs.readFileSync(weights(run));
        const at = bytes.indexOf('[48]');
        bytes.write('[49]', at);
        fs.writeFileSync(weights(run), bytes);
      },
    ],
  ];

  const hurt = damages.filter(([name]) => name !== 'checkpoint of another cell');

  it.each(hurt)('with a %s is passed over by eval, and left as it is', async (name, damage) => {
    const run = `eval-${name.replaceAll(' ', '-')}`;
    fs.cpSync(at('run'), at(run), { recursive: true });
    damage(run);
    fs.writeFileSync(at(run, 'best'), 'step-20\n');
    const before = contents(at(run));
    const { code, stdout, stderr } = await engram(['eval', run, '--json', '--sequences=5'], { cwd });
    expect(stderr).toMatch(/^engram eval: .*step-20.*: expected .*, got .*; step 10 is taken instead\n$/);
    expect([code, JSON.parse(stdout).step]).toEqual([0, 10]);
    expect(contents(at(run))).toEqual(before);
  });

  it('is passed over by inspect', async () => {
    fs.cpSync(at('run'), at('drawn'), { recursive: true });
    fs.truncateSync(weights('drawn'));
    fs.writeFileSync(at('drawn', 'best'), 'step-20\n');
    const { code, stderr } = await engram(['inspect', 'drawn'], { cwd });
    expect(stderr).toMatch(/^engram inspect: .*step-20.*; step 10 is taken instead\n/);
    expect(code).toBe(0);
  });

  it.each(damages)('with a %s is refused where it is asked for, and left as it is', async (name, damage) => {
    const run = `asked-${name.replaceAll(' ', '-')}`;
    fs.cpSync(at('run'), at(run), { recursive: true });
    damage(run);
    const before = contents(at(run));
    const result = await engram(['inspect', `${run}/checkpoints/step-20`], { cwd });
    expectRefusal(result, 6, /^engram inspect: .*step-20.*: expected .*, got /);
    expect(contents(at(run))).toEqual(before);
  });

  it.each(hurt)(
    'with a %s is set aside by resume, which goes on from the one before',
    async (name, damage) => {
      const run = `resume-${name.replaceAll(' ', '-')}`;
      fs.cpSync(at('run'), at(run), { recursive: true });
      damage(run);
      const { code, stderr, stdout } = await engram(['resume', run, '--json'], { cwd });
      expect(stderr).toMatch(/^engram resume: .*step-20.*\(set aside as .*damaged-step-20\)\n/);
      expect(code).toBe(0);
      expect(JSON.parse(stdout).steps).toBe(20);
      expect(fs.existsSync(at(run, 'checkpoints', 'damaged-step-20'))).toBe(true);
      expect(fs.readFileSync(at(run, 'metrics.jsonl'), 'utf8')).toBe(
        fs.readFileSync(at('run', 'metrics.jsonl'), 'utf8'),
      );
    },
  );

  it('of another cell is refused by resume and eval, and nothing is changed', async () => {
    fs.cpSync(at('run'), at('swapped'), { recursive: true });
    damages.find(([name]) => name === 'checkpoint of another cell')![1]('swapped');
    fs.writeFileSync(at('swapped', 'best'), 'step-20\n');
    const before = contents(at('swapped'));
    for (const command of ['resume', 'eval'])
      expectRefusal(
        await engram([command, 'swapped'], { cwd }),
        6,
        /expected a checkpoint of configuration \w+, got one of \w+/,
      );
    expect(contents(at('swapped'))).toEqual(before);
  });

  it('that is the only one ends in one line', async () => {
    fs.cpSync(at('run'), at('hopeless'), { recursive: true });
    for (const step of fs.readdirSync(at('hopeless', 'checkpoints')))
      fs.rmSync(at('hopeless', 'checkpoints', step, 'state.json'));
    const line =
      'hopeless: expected a whole checkpoint, got 3 damaged; train again with --config hopeless/config.json';
    expectRefusal(await engram(['eval', 'hopeless'], { cwd }), 6, `engram eval: ${line}\n`);
    expectRefusal(await engram(['resume', 'hopeless'], { cwd }), 6, `engram resume: ${line} (they are set`);
    const again = ['train', '--config', 'hopeless/config.json', '--out=again'];
    expect((await engram(again, { cwd })).code).toBe(0);
    expect(fs.readFileSync(at('again', 'metrics.jsonl'))).toEqual(
      fs.readFileSync(at('run', 'metrics.jsonl')),
    );
  });

  it.each(['', 'not json', '{}', '{"schema":"engram.config/1","task":{"name":"copy"},"cell":3}'])(
    'of a run whose config.json is "%s"',
    async (text) => {
      fs.cpSync(at('run'), at('unconfigured'), { recursive: true, force: true });
      fs.writeFileSync(at('unconfigured', 'config.json'), text);
      for (const command of ['resume', 'eval', 'inspect'])
        expectRefusal(await engram([command, 'unconfigured'], { cwd }), 6, /config\.json: expected/);
      const { code, stdout } = await engram(['runs', 'ls', '--dir=.'], { cwd });
      expect([code, stdout]).toEqual([0, expect.stringMatching(/unconfigured .*damaged/)]);
    },
  );
});
