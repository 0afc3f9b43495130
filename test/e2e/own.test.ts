/**
 * A new user, outside the repository: the packed package in an empty folder, from `engram new` to a trained, killed,
 * resumed, evaluated and inspected run. What npm would fetch is linked from here: the packages that package-lock.json
 * names for use, and no others, so that one which is missing among the dependencies is missed.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engram, expectRefusal, type Result, workFolder } from './engram.ts';

const top = join(import.meta.dirname, '../..');
const work = workFolder('own');
afterAll(work.remove);
const folder = fs.realpathSync(work.path);
const cwd = join(folder, 'project');
const program = join(cwd, 'node_modules/.bin/engram');
const at = (...path: string[]) => join(cwd, ...path);
const env = { XDG_STATE_HOME: join(folder, 'state') };

const run = (line: string, options: { program?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Result> =>
  engram(line.split(' '), { cwd, program, ...options, env: { ...env, ...options.env } });
const done = async (line: string, options?: Parameters<typeof run>[1]): Promise<Result> => {
  const result = await run(line, options);
  expect([line, result.code, result.stderr]).toEqual([line, 0, expect.any(String)]);
  return result;
};
const json = async (line: string) => JSON.parse((await done(`${line} --json`)).stdout);
const metrics = (name: string) => fs.readFileSync(at(name, 'metrics.jsonl'), 'utf8');
const edit = (file: string, change: (text: string) => string) =>
  fs.writeFileSync(at(file), change(fs.readFileSync(at(file), 'utf8')));

/** `npm install <tarball>`, its packages linked instead of fetched. */
function install(project: string): void {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: top,
      encoding: 'utf8',
    }),
  );
  const modules = join(project, 'node_modules');
  fs.mkdirSync(join(modules, '.bin'), { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '-C', modules]);
  fs.renameSync(join(modules, 'package'), join(modules, 'engram'));
  fs.symlinkSync('../engram/dist/src/cli/main.js', join(modules, '.bin/engram'));
  const { packages } = JSON.parse(fs.readFileSync(join(top, 'package-lock.json'), 'utf8'));
  for (const [path, { dev }] of Object.entries<{ dev?: boolean }>(packages)) {
    const isTop = path.startsWith('node_modules/') && path.lastIndexOf('node_modules/') === 0;
    if (!isTop || dev || !fs.existsSync(join(top, path))) continue;
    fs.mkdirSync(dirname(join(project, path)), { recursive: true });
    fs.symlinkSync(join(top, path), join(project, path), 'dir');
  }
}

beforeAll(() => install(cwd));

describe('a new file', () => {
  it('is written once, with what to do next', async () => {
    const { stdout } = await done('new cell my-cell.ts');
    expect(stdout).toMatch(
      /^wrote \.\/my-cell\.ts; .*\n(.*\n)* {2}npx engram train copy --cell \.\/my-cell\.ts --preset tiny/,
    );
    await done('new task my-task.ts');
    await done('new cell plain/other-cell.mjs');
    await done('new task plain/other-task.js');
    expectRefusal(
      await run('new cell my-cell.ts'),
      2,
      'expected a file that is not there yet, got my-cell.ts',
    );
    expectRefusal(await run('new cell lstm.ts'), 2, 'got lstm, which is a cell that ships; try my-lstm.ts');
    expectRefusal(await run('new cell my-cell'), 2, /that ends in \.ts, \.mts, \.js or \.mjs, got my-cell/);
  });

  it('has types for an editor', () => {
    const options =
      '--noEmit --strict --module nodenext --target es2023 --skipLibCheck --types node my-cell.ts my-task.ts';
    const compiler = join(top, 'node_modules/typescript/bin/tsc');
    const root = ['--typeRoots', join(top, 'node_modules/@types')];
    expect(
      execFileSync(process.execPath, [compiler, ...options.split(' '), ...root], { cwd, encoding: 'utf8' }),
    ).toBe('');
  });

  it('is listed with its settings', async () => {
    const { cells } = await json('cells ./my-cell.ts');
    expect(cells[0]).toMatchObject({ name: 'my-cell', parameters: { tiny: 2340 } });
    expect(cells[0].settings.map(({ name }: { name: string }) => name)).toEqual([
      'slots',
      'width',
      'controllerSize',
    ]);
    expect((await json('tasks ./my-task.ts')).tasks[0]).toMatchObject({
      name: 'my-task',
      lines: { chance: 12 },
    });
  });

  it('computes the same in TypeScript and JavaScript', async () => {
    const flags =
      '--preset tiny --steps 60 --log-every 1 --evaluation.everySteps 20 --evaluation.sequences 50';
    await done(`train ./my-task.ts --cell ./my-cell.ts ${flags} --out typed`);
    await done(`train ./plain/other-task.js --cell ./plain/other-cell.mjs ${flags} --out untyped`);
    expect(metrics('untyped')).toBe(metrics('typed'));
    expect(metrics('typed').split('\n').length).toBeGreaterThan(60);
  });
});

const whole = '--preset tiny --steps 1500 --log-every 10 --checkpoint.everySteps 20';

describe('a run with a cell of its own', () => {
  it('is trained until it is solved', async () => {
    const document = await json('train copy --cell ./my-cell.ts --preset tiny --until-solved --out solved');
    expect(document).toMatchObject({ task: 'copy', cell: 'my-cell', parameters: 2340 });
    expect(document.solved.sequences).toBeLessThan(60_000);
  });

  it('goes on after a kill as if it had never stopped, from its copy, whatever became of the file', async () => {
    await done(`train copy --cell ./my-cell.ts ${whole} --out whole`);
    const killed = await engram(`train copy --cell ./my-cell.ts ${whole} --out killed`.split(' '), {
      cwd,
      program,
      env,
      said: (text, child) => {
        if (/^step \d/m.test(text)) child.kill('SIGKILL');
      },
    });
    expect(killed.signal).toBe('SIGKILL');
    const original = fs.readFileSync(at('my-cell.ts'), 'utf8');
    edit('my-cell.ts', (text) => text.replace('tf.tanh(tf.add', 'tf.sigmoid(tf.add'));
    const { stderr } = await done('resume killed --steps 1000');
    expect(stderr).toContain(
      'engram resume: my-cell.ts has changed since; the copy in killed/source is used, and resume takes the new one with --cell my-cell.ts',
    );
    fs.rmSync(at('my-cell.ts'));
    expect((await done('resume killed --steps 1500')).stderr).not.toContain('changed');
    expect(metrics('killed')).toBe(metrics('whole'));
    fs.writeFileSync(at('my-cell.ts'), original);
  });

  it('is evaluated, drawn and shown', async () => {
    const { results } = await json('eval solved --grid --sequences 50');
    expect(results.map(({ name }: { name: string }) => name)).toContain('length 5');
    expect(results[0].bitErrorsPerSequence).toBeLessThan(0.5);
    const { files, out } = await json('inspect solved');
    expect(files).toContain('index.html');
    expect(fs.readFileSync(join(cwd, out, 'index.html'), 'utf8')).toMatch(
      /copy with my-cell[\s\S]*write weights/,
    );
    const { config } = await json('runs show solved');
    expect(config.cell).toEqual({ name: 'my-cell', slots: 16, width: 8, controllerSize: 32 });
    expect(Object.keys(config.source.files)).toEqual(['my-cell.ts']);
  });

  it('goes on with another version of the file when that is named, and every checkpoint with it', async () => {
    fs.cpSync(at('solved'), at('adopted'), { recursive: true });
    edit('my-cell.ts', (text) => text.replace('tf.tanh(tf.add', 'tf.sigmoid(tf.add'));
    const { stderr } = await done(
      'resume adopted --cell ./my-cell.ts --until-solved=false --sequences 60000',
    );
    expect(stderr).toContain('the code of the run is exchanged for ./my-cell.ts');
    expect(fs.readFileSync(at('adopted/source-2/my-cell.ts'), 'utf8')).toContain('tf.sigmoid(tf.add');
    expect(fs.readFileSync(at('adopted/source/my-cell.ts'), 'utf8')).not.toContain('tf.sigmoid(tf.add');
    await done('eval adopted --sequences 10');
    expectRefusal(
      await run('resume adopted --cell lstm.ts'),
      2,
      'lstm.ts: expected a file, got no such file',
    );
    expectRefusal(
      await run('resume adopted --cell ./plain/other-cell.mjs'),
      2,
      'expected the cell my-cell of the run, got other-cell',
    );
    await done('new cell my-cell-again.ts');
  });
});

describe('files in a configuration', () => {
  it('are found from the folder of the configuration, with their settings', async () => {
    fs.mkdirSync(at('settings'));
    fs.writeFileSync(
      at('settings/run.yaml'),
      'task: ../my-task.ts\ncell: {name: ../plain/other-cell.mjs, slots: 7}\npreset: tiny\nbudget: {steps: 5}\n',
    );
    await done('train --config settings/run.yaml --out from-file --task.maxLength 3');
    const { config } = JSON.parse((await done('runs show from-file --json')).stdout);
    expect(config.cell).toMatchObject({ name: 'other-cell', slots: 7 });
    expect(config.task).toMatchObject({ name: 'my-task', maxLength: 3 });
    expect(config.source).toMatchObject({ cell: 'plain/other-cell.mjs', task: 'my-task.ts' });
    // A flag that names the same file keeps the settings, one that names another drops them.
    await done('train --config settings/run.yaml --cell ./plain/other-cell.mjs --out same-file');
    expect((await json('runs show same-file')).config.cell.slots).toBe(7);
    await done('train --config settings/run.yaml --cell ./my-cell.ts --out other-file');
    expect((await json('runs show other-file')).config.cell.slots).toBe(16);
    // What --dry-run prints is such a file, too, wherever it is put.
    const { stdout } = await done('train --config settings/run.yaml --task.maxLength 3 --dry-run');
    fs.writeFileSync(join(folder, 'dry.yaml'), stdout);
    await done(`train --config ${join(folder, 'dry.yaml')} --out rehearsed`);
    expect(metrics('rehearsed')).toBe(metrics('from-file'));
    // The configuration of a run names the copy in the run.
    await done('train --config from-file/config.json --out again');
    expect(metrics('again')).toBe(metrics('from-file'));
  });
});

describe("a stranger's run", () => {
  const elsewhere = { env: { XDG_STATE_HOME: join(folder, 'elsewhere') } };

  it('runs no code that was never run here, unless it is told to, and remembers that', async () => {
    for (const line of [
      'eval solved --sequences 10',
      'inspect solved',
      'resume solved',
      'train --config solved/config.json',
    ])
      expectRefusal(
        await run(line, elsewhere),
        2,
        /solved: expected code that you have run before, got code that may be a stranger's; read solved\/source\/my-cell\.ts, then run it with --trust-source/,
      );
    await done('eval solved --sequences 10 --trust-source', elsewhere);
    await done('eval solved --sequences 10', elsewhere);
  });

  it('runs no code that was changed or added', async () => {
    fs.cpSync(at('solved'), at('changed'), { recursive: true });
    edit('changed/source/my-cell.ts', (text) => `${text}process.exit(9);\n`);
    expectRefusal(
      await run('eval changed'),
      6,
      /changed\/source\/my-cell\.ts: expected sha256 \w+, got sha256 \w+; put it back/,
    );
    fs.cpSync(at('solved'), at('added'), { recursive: true });
    fs.mkdirSync(at('added/source/node_modules/engram'), { recursive: true });
    fs.writeFileSync(at('added/source/node_modules/engram/cell.js'), 'process.exit(9)');
    expectRefusal(await run('eval added'), 6, /node_modules\/engram\/cell\.js: expected no such file/);
    fs.cpSync(at('solved'), at('beside'), { recursive: true });
    fs.mkdirSync(at('beside/node_modules'));
    expectRefusal(await run('eval beside'), 2, /beside: expected code that you have run before/);
  });
});

describe('one TensorFlow.js', () => {
  const text = `
import * as direct from '@tensorflow/tfjs-core';
import { lstm } from 'engram';
import { tf } from 'engram/cell';
if (direct.add !== tf.add || lstm.name !== 'lstm') throw new Error('two copies');
export { default } from './my-cell-again.ts';
`;

  it('is what a file gets, wherever it lies and whatever is installed beside it', async () => {
    fs.writeFileSync(at('one.ts'), text);
    const flags = '--preset tiny --steps 2 --debug --out';
    const inside = await done(`train copy --cell ./one.ts ${flags} one`);
    expect(inside.stderr).not.toMatch(/already registered|set in the past|Platform node has already/);
    // As installed for all projects: the project has another copy, and of another version.
    edit('node_modules/engram/package.json', (manifest) =>
      manifest.replace(/"version": "[^"]+"/, '"version": "9.9.9"'),
    );
    const outside = await done(`train copy --cell ./one.ts ${flags} two`, {
      program: join(top, 'dist/src/cli/main.js'),
    });
    expect(outside.stderr).not.toMatch(/already registered|set in the past|Platform node has already/);
    expect(outside.stderr).toMatch(
      /node_modules\/engram\/package\.json is version 9\.9\.9; .*one\.ts is given the running one/,
    );
    expect(metrics('two')).toBe(metrics('one'));
  });
});

describe('a bad file', () => {
  const cell = (body: string) => `
import { defineCell, tf, uniformKernel, z } from 'engram/cell';
export default defineCell({
  name: 'bad', settings: z.object({ size: z.int().min(1).default(4) }),
  create: ({ size }, { inputSize }) => ({
    name: 'bad', inputSize, outputSize: size,
    init: (rng) => ({ kernel: uniformKernel(rng, inputSize, size) }),
    initialState: (params, batchSize) => ({ h: tf.zeros([batchSize, size]) as tf.Tensor2D }),
    step({ kernel }, { h }, input) {
      ${body}
    },
  }),
});
`;
  const files: Readonly<Record<string, readonly [text: string, told: RegExp]>> = {
    'syntax.ts': [
      'const a = 1;\nconst b = = 2;\n',
      /^engram train: syntax\.ts:2: expected code that can be read, got a syntax error: Unexpected token; mend that line$/m,
    ],
    'throws.ts': [
      "\nconst table: number[] = JSON.parse('[1');\nexport default table;\n",
      /throws\.ts:2: expected a file that can be loaded, got SyntaxError: .*; mend that line/,
    ],
    'empty.ts': [
      'export {};\n',
      /empty\.ts: expected a cell \(name, settings, create\), got no export; see npx engram new cell/,
    ],
    'partial.ts': [
      "import { z } from 'engram/cell';\nexport default { name: 'partial', settings: z.object({}) };\n",
      /partial\.ts: expected a cell, got default with no create \(a function/,
    ],
    'two.ts': [
      "export { default as a } from './my-cell-again.ts';\nimport own from './my-cell-again.ts';\nexport const b = { ...own, name: 'b' };\n",
      /two\.ts: expected one cell, got a, b; choose one: two\.ts#a/,
    ],
    'task.ts': [
      "export { default } from './my-task.ts';\n",
      /task\.ts: expected a cell, got default with the members of a task/,
    ],
    'taken.ts': [
      "import own from './my-cell-again.ts';\nexport default { ...own, name: 'ntm' };\n",
      /taken\.ts: expected a name of its own, got ntm, which is a cell that ships/,
    ],
    'import.ts': [
      "\nimport { x } from './my-cel.ts';\nexport default x;\n",
      /import\.ts:2: expected a module, got \.\/my-cel\.ts, which is not there; did you mean my-cell\.ts\?/,
    ],
    'shapes.ts': [
      cell('const next = tf.matMul(h, kernel);\n      return { output: next, state: { h: next } };'),
      /shapes\.ts:\d+: expected .* to run, got "Error in matMul: inner shapes/,
    ],
    'output.ts': [
      cell('return { output: tf.concat([h, h], 1), state: { h } };'),
      /step: expected an output of \[\d+,4\], examples and outputSize, got \[\d+,8\]/,
    ],
    'undefined.ts': [
      cell('return { output: missing, state: { h } };'),
      /undefined\.ts:10: expected .* to run, got "ReferenceError: missing is not defined"/,
    ],
  };

  beforeAll(() => {
    for (const [name, [text]] of Object.entries(files)) fs.writeFileSync(at(name), text);
  });

  it.concurrent.each(Object.entries(files))('is refused in one line (%s)', async (name, [, told]) => {
    const result = await run(`train copy --cell ./${name} --preset tiny --steps 2 --out refused-${name}`);
    expect(result.stderr).toMatch(told);
    const lines = result.stderr.trimEnd().split('\n');
    expect(lines.filter((line) => !/^(copy with|to compare)/.test(line))).toHaveLength(1);
    expect([result.stdout, result.code]).toEqual(['', 2]);
    expect(fs.existsSync(at(`refused-${name}`))).toBe(false);
  });

  it.concurrent.each<[line: string, told: string]>([
    [
      'train copy --cell ./my-cel.ts',
      'my-cel.ts: expected a file, got no such file; did you mean my-cell.ts?',
    ],
    ['train copy --cell my-cell', 'expected a cell, got my-cell; did you mean ./my-cell.ts?'],
    ['train copy --cell ./two.ts#c', 'two.ts: expected an export c, got none; did you mean a?'],
    ['train ./my-cell.ts', 'my-cell.ts: expected a task, got default with the members of a cell'],
    [
      'train copy --cell ./my-cell.ts --cell.slot 4',
      'expected a known setting, got --cell.slot; did you mean cell.slots?',
    ],
    ['train copy --cell ./my-cell.ts --cell.slots 1', '--cell.slots: expected a number of at least 3, got 1'],
    ['cells ./two.ts', 'two.ts: expected one cell, got a, b'],
    ['resume whole --task ./my-task.ts', 'got a run with copy, which ships; leave it out'],
  ])('or a bad name: engram %s', async (line, told) => {
    expectRefusal(await run(line), 2, told);
  });

  it('shows where an exception came from with --debug', async () => {
    const { stderr } = await run('train copy --cell ./throws.ts --debug');
    expect(stderr).toMatch(/\[cause\]: SyntaxError: [\s\S]* {4}at .*throws\.ts:2:/);
  });
});
