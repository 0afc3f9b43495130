import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { probedNative } from '../../src/cli/shell/native-probe.ts';
import { installNative, type Shape, shapes } from '../support/fixtures/native/install.ts';
import { engram, expectRefusal, main, small } from './engram.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Engram installed beside a native package of this shape; the command there. */
function install(shape: Shape): { cwd: string; program: string } {
  const { root, remove } = installNative(shape);
  cleanups.push(remove);
  fs.cpSync(join(main, '../../../..', 'dist'), join(root, 'dist'), { recursive: true });
  fs.cpSync(join(main, '../../../..', 'package.json'), join(root, 'package.json'));
  return { cwd: root, program: join(root, 'dist/src/cli/main.js') };
}

/** All but the one that works and the one that takes its time. */
const broken = shapes.filter((shape) => shape !== 'stand-in' && shape !== 'timed-out');
const reasonOf = (shape: string) => (shape === 'no-backend' ? 'cannot-start' : shape);

describe('engram doctor', () => {
  it.each(broken)('names %s, with its cure, and ends well', async (shape) => {
    const { code, stdout, stderr } = await engram(['doctor', '--json'], install(shape));
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      schema: 'engram.doctor/1',
      engram: '0.1.0',
      node: { version: process.versions.node, supported: true },
      machine: { platform: process.platform, arch: process.arch, cores: expect.any(Number) },
      auto: 'wasm',
    });
    expect(report.backends.map(({ name }: { name: string }) => name)).toEqual(['tensorflow', 'wasm', 'cpu']);
    expect(report.backends[0]).toMatchObject({
      available: false,
      reason: reasonOf(shape),
      detail: expect.any(String),
      cure: expect.stringMatching(/npm|wasm/),
    });
    expect(report.backends[1]).toMatchObject({
      available: true,
      version: '4.22.0',
      simd: expect.any(Boolean),
    });
    expect(report.engines.map(({ name }: { name: string }) => name)).toEqual(['compiled', 'eager']);
  });

  it('finds the native backend where it loads', async () => {
    const at = install('stand-in');
    const { stdout } = await engram(['doctor', '--json'], at);
    expect(JSON.parse(stdout)).toMatchObject({
      auto: 'tensorflow',
      backends: [
        {
          name: 'tensorflow',
          available: true,
          version: '4.22.0-stand-in',
          libtensorflow: '2.9.1-stand-in',
        },
        {},
        {},
      ],
    });
    const text = await engram(['doctor'], at);
    expect(text.stdout).toMatch(/tensorflow +works +4\.22\.0-stand-in, libtensorflow 2\.9\.1-stand-in/);
  });

  it('says the cure on a line of its own', async () => {
    const { stdout } = await engram(['doctor'], install('cannot-load'));
    expect(stdout).toMatch(
      /tensorflow +not here +cannot-load, .*tfjs_binding\.node.*\n +cure: run: npm rebuild .*--build-from-source/,
    );
  });
});

describe('a native package that hangs', () => {
  it('is given up after a time', () => {
    const { root, remove } = installNative('timed-out');
    cleanups.push(remove);
    const status = probedNative(pathToFileURL(join(root, 'x.js')).href, 1500);
    expect(status).toMatchObject({
      available: false,
      reason: 'timed-out',
      detail: 'loading did not end within 1.5 s',
    });
  });
});

describe('the eager engine', () => {
  const flags = [
    ...small.filter((flag) => !flag.startsWith('--backend')),
    '--engine=eager',
    '--steps=3',
    '--json',
  ];

  // Refused while it is loaded, killed while it is tried, and not to be started: what comes then is the same for each.
  const waysToFail = ['cannot-load', 'crashed', 'no-backend'] as const;

  it.each(waysToFail)('trains on wasm after %s, and says in one line why', async (shape) => {
    const { code, stdout, stderr } = await engram(['train', 'copy', ...flags], install(shape));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ engine: 'eager', backend: 'wasm' });
    const told = stderr.split('\n').filter((line) => line.includes('backend tensorflow'));
    expect(told).toEqual([
      expect.stringMatching(
        new RegExp(`^engram train: backend tensorflow: expected it to load, got ${reasonOf(shape)} `),
      ),
    ]);
  });

  it.each(waysToFail)(
    'is refused on tensorflow after %s, never replaced, and leaves no folder',
    async (shape) => {
      const at = install(shape);
      const result = await engram(
        ['train', 'copy', ...flags.slice(0, -1), '--backend=tensorflow', '--out=a/b'],
        at,
      );
      const told = new RegExp(
        `^engram train: backend tensorflow: expected it to load, got ${reasonOf(shape)} \\(.*\\); .*(npm|wasm)`,
      );
      expectRefusal(result, 5, told);
      expect(fs.existsSync(join(at.cwd, 'a'))).toBe(false);
    },
  );

  it('trains on the native backend where it loads', async () => {
    const at = install('stand-in');
    for (const choice of ['auto', 'tensorflow']) {
      const { stdout } = await engram(
        ['train', 'copy', ...flags, `--backend=${choice}`, `--out=${choice}`],
        at,
      );
      expect(JSON.parse(stdout)).toMatchObject({ engine: 'eager', backend: 'tensorflow' });
      const meta = JSON.parse(fs.readFileSync(join(at.cwd, choice, 'meta.json'), 'utf8'));
      expect(meta.versions).toMatchObject({
        'tfjs-node': '4.22.0-stand-in',
        libtensorflow: '2.9.1-stand-in',
      });
    }
  });
});

describe('Node', () => {
  it('too old is refused in one line', () => {
    const lie = 'Object.defineProperty(process.versions, "node", { value: "18.20.0" });';
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(lie)}`, main, '--help'],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([
      2,
      'engram: expected Node 20.19 or newer, got 18.20.0; install a newer Node\n',
    ]);
  });
});
