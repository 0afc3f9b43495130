/** What a run, a model or a file of settings from a stranger may try: each is answered in one line, and nothing outside it changes. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packageFile } from '../../src/cli/shell/version.ts';
import { workFolder } from './engram.ts';
import { engramAgain as engram } from './one-process.ts';

const folder = workFolder('hostile');
const cwd = folder.path;
const at = (...parts: string[]) => join(cwd, ...parts);
afterAll(folder.remove);

const small = ['--preset=tiny', '--cell=lstm', '--evaluation.sequences=8'];
beforeAll(async () => {
  const flags = [...small, '--steps=4', '--evaluation.everySteps=2', '--checkpoint.everySteps=2'];
  const { code, stderr } = await engram(['train', 'copy', ...flags, '--out=whole'], { cwd });
  expect(code, stderr).toBe(0);
});
beforeEach(() => {
  fs.rmSync(at('run'), { recursive: true, force: true });
  fs.cpSync(at('whole'), at('run'), { recursive: true });
});

/** Replaces a file of the run. */
const replaced = (path: string, make: (path: string) => void) => {
  fs.rmSync(at('run', path), { recursive: true, force: true });
  make(at('run', path));
};
const pipe = (path: string) => execFileSync('mkfifo', [path]);
const sparse = (bytes: number) => (path: string) => {
  fs.writeFileSync(path, '');
  fs.truncateSync(path, bytes);
};
const GIBIBYTE = 2 ** 30;

describe('a checkpoint', () => {
  it.each([
    ['a state that is a pipe', 'state.json', pipe, 'expected a file, got a pipe'],
    ['a state of 2 GiB', 'state.json', sparse(2 * GIBIBYTE), 'expected at most 16777216 bytes'],
    ['weights of 5 GiB', 'weights.safetensors', sparse(5 * GIBIBYTE), 'expected at most 1073741824 bytes'],
    [
      'a state that is a device',
      'state.json',
      (path: string) => fs.symlinkSync('/dev/zero', path),
      'expected a file, got a device',
    ],
  ] as const)('with %s is passed over for an older one, at once', async (_, file, make, says) => {
    replaced(`checkpoints/step-4/${file}`, make);
    const { code, stderr, stdout } = await engram(['eval', 'run', '--sequences=4'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain(says);
    expect(stderr).toContain('step 2 is taken instead');
    expect(stdout).toContain('run, step 2');
  });
});

describe('a run', () => {
  it.each([
    ['config.json', pipe, 6, 'expected a file, got a pipe'],
    ['meta.json', sparse(5 * GIBIBYTE), 6, 'expected at most'],
    ['metrics.jsonl', sparse(5 * GIBIBYTE), 6, 'expected at most'],
    ['metrics.jsonl', pipe, 6, 'expected a file, got a pipe'],
  ] as const)('whose %s is no such file is refused in one line', async (file, make, exit, says) => {
    replaced(file, make);
    const { code, stderr } = await engram(['resume', 'run', '--steps=6'], { cwd });
    expect(code).toBe(exit);
    expect(stderr.trimEnd().split('\n').at(-1)).toContain(says);
  });

  it('writes nothing through links', async () => {
    fs.writeFileSync(at('precious'), 'keep\n');
    for (const name of ['metrics.jsonl', 'timing.jsonl', 'last', 'best', 'config.json.tmp', '.tmp-last'])
      replaced(name, (path) => fs.symlinkSync(at('precious'), path));
    await engram(['resume', 'run', '--steps=6'], { cwd });
    expect(fs.readFileSync(at('precious'), 'utf8')).toBe('keep\n');
  });

  it('is drawn through no link, and drawn again where a kill left a part of a report', async () => {
    fs.writeFileSync(at('precious'), 'keep\n');
    fs.mkdirSync(at('run', 'report'));
    fs.symlinkSync(at('precious'), at('run', 'report', 'index.html'));
    fs.writeFileSync(at('run', 'report', '.tmp-0123456789abcdef'), 'half');
    const refused = await engram(['inspect', 'run'], { cwd });
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('index.html in it')]);
    fs.writeFileSync(
      at('run', 'report', 'report.json'),
      '{"schema":"engram.report/1","files":["index.html"]}',
    );
    expect((await engram(['inspect', 'run'], { cwd })).code).toBe(0);
    expect(fs.readFileSync(at('precious'), 'utf8')).toBe('keep\n');
    expect(fs.readFileSync(at('run', 'report', 'index.html'), 'utf8')).toContain('<html');
    expect(fs.readdirSync(at('run', 'report')).filter((name) => name.startsWith('.tmp'))).toEqual([]);
  });

  it('is not drawn into a folder behind a link, nor over what only looks unfinished', async () => {
    fs.mkdirSync(at('outside', '.tmp-work'), { recursive: true });
    fs.writeFileSync(at('outside', '.tmp-work', 'mine'), 'mine');
    fs.symlinkSync(at('outside'), at('run', 'report'));
    const linked = await engram(['inspect', 'run'], { cwd });
    expect([linked.code, linked.stderr]).toEqual([2, expect.stringContaining('got the link')]);
    const used = await engram(['inspect', 'run', '--out=outside'], { cwd });
    expect([used.code, used.stderr]).toEqual([
      2,
      expect.stringContaining('got outside with .tmp-work in it'),
    ]);
    expect(fs.readdirSync(at('outside'))).toEqual(['.tmp-work']);
    expect(fs.readFileSync(at('outside', '.tmp-work', 'mine'), 'utf8')).toBe('mine');
  });

  it.each([['report/notes.txt'], ['checkpoints/step-4/mine.txt'], ['.tmp-mine']])(
    'with %s of a person in it is not removed',
    async (name) => {
      fs.mkdirSync(at('run', 'report'), { recursive: true });
      fs.writeFileSync(at('run', name), 'mine');
      const { code, stderr } = await engram(['runs', 'rm', 'run'], { cwd });
      expect([code, stderr]).toEqual([2, expect.stringContaining(name)]);
      expect(fs.readFileSync(at('run', name), 'utf8')).toBe('mine');
    },
  );

  it('is removed by its own name, not by a link to it', async () => {
    fs.rmSync(at('link'), { force: true });
    fs.symlinkSync(at('run'), at('link'));
    const { code, stderr } = await engram(['runs', 'rm', 'link'], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining('name the folder itself')]);
    expect(fs.existsSync(at('run', 'config.json'))).toBe(true);
  });

  it('is listed, resumed and loaded without waiting for pipes', async () => {
    fs.rmSync(at('runs'), { recursive: true, force: true });
    fs.cpSync(at('whole'), at('runs', 'piped'), { recursive: true });
    fs.rmSync(at('runs/piped/checkpoints/step-4/weights.safetensors'));
    pipe(at('runs/piped/checkpoints/step-4/weights.safetensors'));
    expect((await engram(['runs', 'ls'], { cwd })).code).toBe(0);
    replaced('last', pipe);
    expect((await engram(['resume', 'run', '--steps=6'], { cwd })).code).toBe(0);
    expect(fs.readFileSync(at('run', 'last'), 'utf8').trim()).toBe('step-6');
    pipe(at('cell.ts'));
    const { code, stderr } = await engram(['train', 'copy', '--cell=./cell.ts'], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected a file, got a pipe')]);
  });

  it('whose checkpoints lie behind a link is not trained: it would write where the link leads', async () => {
    fs.rmSync(at('elsewhere'), { recursive: true, force: true });
    fs.renameSync(at('run', 'checkpoints'), at('elsewhere'));
    fs.symlinkSync(at('elsewhere'), at('run', 'checkpoints'));
    const before = fs.readdirSync(at('elsewhere'));
    const { code, stderr } = await engram(['resume', 'run', '--steps=6'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('and no link, got ELOOP; remove the link, then go on with engram resume');
    expect(fs.readdirSync(at('elsewhere'))).toEqual(before);
  });

  it('with bad lines in its metrics is listed by the others, and so are all beside it', async () => {
    fs.rmSync(at('runs'), { recursive: true, force: true });
    fs.mkdirSync(at('runs'));
    for (const name of ['good', 'bad']) fs.cpSync(at('whole'), at('runs', name), { recursive: true });
    fs.appendFileSync(
      at('runs/bad/metrics.jsonl'),
      '{"kind":"evaluation","step":5,"sequences":9,"scores":"x","solved":{}}\n{"kind":"step","step":"x"}\n',
    );
    const { code, stdout } = await engram(['runs', 'ls', '--json'], { cwd });
    expect(code).toBe(0);
    const { runs } = JSON.parse(stdout) as { runs: { path: string; step: number; state: string }[] };
    expect(runs.map(({ step, state }) => [step, state])).toEqual([
      [4, 'stopped'],
      [4, 'stopped'],
    ]);
  });

  it('is removed with what it wrote, once, and not with anything else in it', async () => {
    fs.writeFileSync(at('run', 'notes.txt'), 'mine');
    const refused = await engram(['runs', 'rm', 'run'], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('expected what a run wrote and nothing else, got');
    expect(refused.stderr).toContain('notes.txt; move it away, then remove the run');
    fs.rmSync(at('run', 'notes.txt'));
    fs.mkdirSync(at('run', 'checkpoints', 'mine'));
    expect((await engram(['runs', 'rm', 'run'], { cwd })).stderr).toContain('checkpoints/mine');
    fs.rmdirSync(at('run', 'checkpoints', 'mine'));
    const inside = await engram(['runs', 'rm', '.'], { cwd: at('run') });
    expect([inside.code, inside.stderr]).toEqual([2, expect.stringContaining('leave it first: cd ..')]);
    const { code, stdout } = await engram(['runs', 'rm', 'run', './run', 'run'], { cwd });
    expect([code, stdout]).toEqual([0, 'removed run\n']);
    expect(fs.existsSync(at('run'))).toBe(false);
    expect(fs.readdirSync(cwd).filter((name) => name.startsWith('.tmp'))).toEqual([]);
  });
});

describe('a model that ships', () => {
  const copied = () => {
    fs.rmSync(at('model'), { recursive: true, force: true });
    fs.cpSync(packageFile('checkpoints/copy-ntm'), at('model'), { recursive: true });
  };
  const evaluated = () => engram(['eval', 'model', '--sequences=4', '--json'], { cwd });

  it('is held to the hash of its card', async () => {
    copied();
    const file = at('model/weights.safetensors');
    const bytes = fs.readFileSync(file);
    bytes[5000]! ^= 1;
    fs.writeFileSync(file, bytes);
    const { code, stderr } = await evaluated();
    expect(code).toBe(6);
    expect(stderr).toContain('expected sha256 9f3b34842d92..., got bytes that were changed');
  });

  it('is held to the configuration that it was trained with', async () => {
    copied();
    const card = JSON.parse(fs.readFileSync(at('model/card.json'), 'utf8'));
    const task = { ...card.config.task, maxLength: 3 };
    for (const [changed, says] of [
      [{ ...card, config: { ...card.config, task } }, 'expected the configuration that its configHash says'],
      [{ ...card, configHash: undefined }, 'expected the configHash of its configuration, got none'],
    ] as const) {
      fs.writeFileSync(at('model/card.json'), JSON.stringify(changed));
      const { code, stderr } = await evaluated();
      expect([code, stderr]).toEqual([6, expect.stringContaining(says)]);
    }
  });

  it('without a hash, or with numbers that are none, is refused', async () => {
    copied();
    const card = JSON.parse(fs.readFileSync(at('model/card.json'), 'utf8'));
    fs.writeFileSync(at('model/card.json'), JSON.stringify({ ...card, sha256: undefined }));
    expect((await evaluated()).stderr).toContain('expected the sha256 of weights.safetensors, got none');
    const { createHash } = await import('node:crypto');
    const bytes = fs.readFileSync(at('model/weights.safetensors'));
    bytes.writeFloatLE(Number.NaN, bytes.length - 4);
    fs.writeFileSync(at('model/weights.safetensors'), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    fs.writeFileSync(at('model/card.json'), JSON.stringify({ ...card, sha256 }));
    const { code, stderr, stdout } = await evaluated();
    expect(code).toBe(6);
    expect(stderr).toContain('expected finite numbers, got NaN or infinity in params.');
    expect(stdout).not.toContain('null');
  });
});

describe('a file of settings', () => {
  const config = async (name: string) => {
    const { code, stderr } = await engram(['train', '--config', name, '--dry-run'], { cwd });
    return [code, stderr.trimEnd()];
  };

  it('that never ends is refused at once', async () => {
    pipe(at('pipe.yaml'));
    for (const name of ['/dev/zero', 'pipe.yaml'])
      expect(await config(name)).toEqual([2, expect.stringContaining('got a pipe or a device; give a file')]);
  });

  it('of ninety thousand keys, of itself, or of __proto__ is refused', async () => {
    const keys = Array.from({ length: 90_000 }, (_, i) => `k${i}: 1\n`).join('');
    fs.writeFileSync(at('keys.yaml'), `task: copy\n${keys}`);
    expect(await config('keys.yaml')).toEqual([2, expect.stringContaining('got more than 65536 bytes')]);
    fs.writeFileSync(at('self.yaml'), 'task: &a\n  name: copy\n  more: *a\n');
    expect(await config('self.yaml')).toEqual([
      2,
      'engram train: self.yaml: expected YAML, got a value that holds itself; mend the file',
    ]);
    fs.writeFileSync(at('proto.yaml'), 'task: copy\n__proto__: {a: 1}\n');
    expect(await config('proto.yaml')).toEqual([
      2,
      expect.stringContaining('got the key __proto__ at line 2, column 1; mend the file'),
    ]);
  });
});
