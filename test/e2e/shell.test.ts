import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bare, engram, main, small, workFolder } from './engram.ts';

const folder = workFolder('shell');
afterAll(folder.remove);
const cwd = folder.path;
/** Begins everything that moves the cursor or colors. */
const escapeSign = String.fromCharCode(27);

/** The modules that a command has loaded when it ends, by a hook that is told of each. */
function modulesOf(...argv: string[]): string[] {
  const log = join(cwd, 'modules.txt');
  fs.writeFileSync(log, '');
  const hooks = `
    import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) { appendFileSync(${JSON.stringify(log)}, url + '\\n'); return next(url, context); }`;
  const register = `import { register } from 'node:module'; register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hooks))});`;
  const { status } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(register)}`, main, ...argv],
    { cwd },
  );
  expect(status).toBe(0);
  return fs.readFileSync(log, 'utf8').trim().split('\n');
}

describe('help', () => {
  it.each([[['--help']], [['--version']], [['train', '--help']], [['eval', '--help']]])(
    '%j loads nothing heavy',
    (argv) => {
      const modules = modulesOf(...argv);
      expect(modules.some((url) => url.endsWith('/cli/shell/help.js'))).toBe(true);
      expect(
        modules.filter((url) =>
          /@tensorflow|\/yargs\/|\/zod\/|\/yaml\/|resvg|\/jit\/|\/report\/(?!table)/.test(url),
        ),
      ).toEqual([]);
    },
  );

  it('lists the commands, the exit codes and examples, and every command has its own', async () => {
    const { code, stdout } = await engram(['--help'], { cwd });
    expect(code).toBe(0);
    for (const name of [
      'train',
      'resume',
      'eval',
      'inspect',
      'runs',
      'tasks',
      'cells',
      'explain',
      'experiment',
      'doctor',
      'bench',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ +engram ${name}\\b`, 'm'));
      const own = await engram([name, '--help'], { cwd });
      expect([own.code, own.stderr]).toEqual([0, '']);
      expect(own.stdout).toMatch(new RegExp(`^engram ${name} [\\s\\S]*Examples:[\\s\\S]*Exit codes:`));
    }
  });

  it('says the version', async () => {
    const { version } = JSON.parse(fs.readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect((await engram(['--version'], { cwd })).stdout).toBe(`${version}\n`);
  });
});

describe('the streams', () => {
  it('end quietly when nobody reads the result', async () => {
    const child = spawn(process.execPath, [main, 'tasks'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, stderr]).toEqual([0, '']);
  });

  it('go on training when nobody reads the progress', async () => {
    const child = spawn(process.execPath, [main, 'train', 'copy', ...small, '--steps=30', '--json'], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.destroy();
    let stdout = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, JSON.parse(stdout).steps]).toEqual([0, 30]);
  });

  it('carry no color and no live line where they are not a screen', async () => {
    const { stdout, stderr } = await engram(['train', 'copy', ...small, '--steps=10'], { cwd });
    expect(stdout + stderr).not.toContain(escapeSign);
    expect(stdout + stderr).not.toContain('\r');
    expect(stderr).toMatch(/^step 10, 80 sequences, .*evaluation .* bits, .* left$/m);
  });

  it('draw one live line on a screen, without colors if it wants none', () => {
    const line = `${process.execPath} ${main} train copy ${small.join(' ')} --steps=150`;
    const onScreen = (env: NodeJS.ProcessEnv) =>
      spawnSync('script', ['-qec', line, '/dev/null'], {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, ...bare, TERM: 'xterm', ...env },
      });
    const shown = onScreen({});
    expect(shown.status).toBe(0);
    expect(shown.stdout).toContain(`\r${escapeSign}[2K`);
    expect(onScreen({ TERM: 'dumb' }).stdout).not.toContain(escapeSign);
  });
});
