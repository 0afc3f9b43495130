import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rng } from '../../src/core/rng.ts';
import { loadCheckpoint } from '../../src/runs/checkpoint.ts';
import { engram, small, workFolder } from './engram.ts';

const folder = workFolder('resume');
afterAll(folder.remove);
const cwd = folder.path;
/** Evaluations and checkpoints fall on different steps, so that every order of events is met. */
const flags = [
  ...small.filter((flag) => !flag.startsWith('--checkpoint')),
  '--checkpoint.everySteps=7',
  '--steps=120',
];
const metrics = (run: string) => fs.readFileSync(join(cwd, run, 'metrics.jsonl'), 'utf8');
const checkpoint = (run: string) => {
  const { arrays, state } = loadCheckpoint(join(cwd, run));
  return { arrays, state: { ...state, wallSeconds: 0 } };
};

/** The compiled engine is faster by far: more steps, so that a kill does not always come after the end. */
const compiled = [
  ...flags.filter((flag) => !/--backend|--steps/.test(flag)),
  '--engine=compiled',
  '--threads=2',
  '--steps=700',
];
const wholes = [
  ['whole', flags, 120],
  ['whole-compiled', compiled, 700],
] as const;

beforeAll(async () => {
  for (const [name, own] of wholes)
    expect((await engram(['train', 'copy', ...own, `--out=${name}`], { cwd })).code).toBe(0);
});

/** Kills the command so many milliseconds after it has said a step, or after its start; whether it was still running. */
async function kill(
  argv: readonly string[],
  { step, afterMs }: { step: number; afterMs: number },
): Promise<boolean> {
  let waiting = true;
  const strike = (child: ChildProcess) => {
    waiting = false;
    setTimeout(() => child.kill('SIGKILL'), afterMs);
  };
  const { signal } = await engram(argv, {
    cwd,
    started: (child) => {
      if (step === 0) strike(child);
    },
    said: (stderr, child) => {
      const said = [...stderr.matchAll(/^step (\d+),/gm)].at(-1);
      if (waiting && said && Number(said[1]) >= step) strike(child);
    },
  });
  return signal === 'SIGKILL';
}

const KILLS = 4;

describe('a run that is killed', () => {
  // More of them, and two hundred, are in test/faults/kills.test.ts.
  const cases = wholes.map(([whole, own, steps]) => ({ whole, own, steps, seed: 1 }));

  // Steps and moments come from a seeded stream: the first kill falls into the start, the others among the steps.
  it.each(cases)(
    'goes on as if it had never stopped ($whole, $seed)',
    async ({ whole, own, steps, seed }) => {
      const moments = rng(seed, 'kill');
      const run = `killed-${whole}-${seed}`;
      let argv = ['train', 'copy', ...own, `--out=${run}`];
      let killed = 0;
      for (let kills = 0; kills < KILLS; kills++) {
        const step = Math.floor(((kills + moments.uniform() / 2) / KILLS) * steps);
        const when =
          kills === 0
            ? { step: 0, afterMs: 1000 * moments.uniform() }
            : { step, afterMs: 60 * moments.uniform() };
        if (await kill(argv, when)) killed++;
        if (fs.existsSync(join(cwd, run, 'config.json'))) argv = ['resume', run];
        else fs.rmSync(join(cwd, run), { recursive: true, force: true });
      }
      expect(killed).toBeGreaterThan(0);
      const last = await engram(argv, { cwd });
      expect(last.code).toBe(0);
      expect(last.stderr).not.toContain('metrics.jsonl');
      expect(metrics(run)).toBe(metrics(whole));
      expect(checkpoint(run)).toEqual(checkpoint(whole));
      expect(fs.existsSync(join(cwd, run, 'lock'))).toBe(false);
    },
  );

  it('right after it has begun, begins again', async () => {
    fs.cpSync(join(cwd, 'whole'), join(cwd, 'newborn'), { recursive: true });
    for (const name of ['last', 'best', 'checkpoints', 'metrics.jsonl'])
      fs.rmSync(join(cwd, 'newborn', name), { recursive: true });
    fs.writeFileSync(join(cwd, 'newborn', 'metrics.jsonl'), '{"kind":"step","step":5,"seq');
    expect((await engram(['resume', 'newborn'], { cwd })).code).toBe(0);
    expect(metrics('newborn')).toBe(metrics('whole'));
  });
});

describe('a signal', () => {
  it.each([
    ['SIGINT', 130, 'whole', flags, 120],
    ['SIGTERM', 143, 'whole', flags, 120],
    ['SIGHUP', 129, 'whole', flags, 120],
    ['SIGINT', 130, 'whole-compiled', compiled, 700],
  ] as const)(
    '%s saves, says how to go on, and exits with %i (%s)',
    async (signal, code, whole, own, steps) => {
      const run = `run-${signal}-${whole}`;
      const result = await engram(['train', 'copy', ...own, '--json', `--out=${run}`], {
        cwd,
        said: once(/step 20,/, (child) => child.kill(signal)),
      });
      expect(result.code).toBe(code);
      expect(result.stderr).toMatch(new RegExp(`${signal}: saving; once more ends at once\n`));
      const [, step] = /saved at step (\d+); go on with: engram resume run-SIG[\w-]+\n$/.exec(result.stderr)!;
      expect(JSON.parse(result.stdout)).toMatchObject({ schema: 'engram.train/1', steps: Number(step) });
      expect(loadCheckpoint(join(cwd, run)).state.step).toBe(Number(step));
      const resumed = await engram(['resume', run, '--json'], { cwd });
      expect(resumed.code).toBe(0);
      expect(JSON.parse(resumed.stdout)).toMatchObject({ run, steps, sequences: 8 * steps });
      expect(metrics(run)).toBe(metrics(whole));
      expect(checkpoint(run).arrays).toEqual(checkpoint(whole).arrays);
    },
  );

  it('that comes twice ends at once without saving, and nothing is lost', async () => {
    const result = await engram(['train', 'copy', ...flags, '--out=twice'], {
      cwd,
      said: once(/step 20,/, (child) => {
        child.kill('SIGINT');
        child.kill('SIGTERM');
      }),
    });
    expect([130, 143]).toContain(result.code);
    expect(result.stderr).not.toMatch(/saved at/);
    expect((await engram(['resume', 'twice'], { cwd })).code).toBe(0);
    expect(metrics('twice')).toBe(metrics('whole'));
  });
});

/** Calls back the first time that stderr has the text. */
function once<T>(text: RegExp, then: (child: T) => void): (stderr: string, child: T) => void {
  let done = false;
  return (stderr, child) => {
    if (done || !text.test(stderr)) return;
    done = true;
    then(child);
  };
}

describe('engram resume', () => {
  it('goes further with more budget, as a longer run would', async () => {
    const train = (steps: number, out: string) =>
      engram(
        [
          'train',
          'copy',
          ...flags.filter((flag) => !flag.startsWith('--steps')),
          `--steps=${steps}`,
          `--out=${out}`,
        ],
        { cwd },
      );
    await train(40, 'short');
    await train(80, 'long');
    const result = await engram(['resume', 'short', '--sequences=640', '--json'], { cwd });
    expect(JSON.parse(result.stdout)).toMatchObject({ steps: 80, sequences: 640 });
    expect(metrics('short')).toBe(metrics('long'));
    expect(checkpoint('short').arrays).toEqual(checkpoint('long').arrays);
    expect(JSON.parse(fs.readFileSync(join(cwd, 'short', 'config.json'), 'utf8')).budget).toEqual({
      sequences: 640,
      untilSolved: false,
    });
  });

  it('of a run that is at its end has nothing to do, and says how it stands', async () => {
    const before = metrics('whole');
    const { code, stdout, stderr } = await engram(['resume', 'whole', '--json'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ steps: 120, final: { bitsPerSequence: expect.any(Number) } });
    expect(metrics('whole')).toBe(before);
    expect(stderr).toMatch(
      /^engram resume: expected something left to train, got a run that is at its budget of 120 steps; go on with more: engram resume whole --steps 240$/m,
    );
  });

  it('of a run that is solved names what goes on all the same', async () => {
    const own = compiled.filter((flag) => !/--steps|--task/.test(flag));
    const easy = [
      '--task.maxLength=1',
      '--task.width=1',
      '--until-solved',
      '--sequences=8000',
      '--out=solved',
    ];
    expect((await engram(['train', 'copy', ...own, ...easy], { cwd })).code).toBe(0);
    const [, command] = /got a run that is solved as it should be; go on with more: engram (.*)\n$/.exec(
      (await engram(['resume', 'solved'], { cwd })).stderr,
    )!;
    const before = JSON.parse((await engram(['resume', 'solved', '--json'], { cwd })).stdout).steps;
    const further = await engram([...command!.split(' '), '--json'], { cwd });
    expect(further.stderr).not.toContain('got a run that is');
    expect(JSON.parse(further.stdout)).toMatchObject({ steps: 2 * before, sequences: 16 * before });
  });

  it('says when lines of metrics.jsonl are gone, and goes on all the same', async () => {
    fs.cpSync(join(cwd, 'whole'), join(cwd, 'edited'), { recursive: true });
    const lines = metrics('whole').trimEnd().split('\n');
    const kept = lines.filter((_, i) => i !== 3 && i !== 4).map((line) => `${line}\n`);
    fs.writeFileSync(join(cwd, 'edited', 'metrics.jsonl'), kept.join(''));
    const { code, stderr } = await engram(['resume', 'edited', '--steps=130'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain(
      `engram resume: edited/metrics.jsonl: expected ${lines.length} lines up to step 120, got ${lines.length - 2}; training goes on unchanged, its record stays as it is\n`,
    );
    expect(metrics('edited').startsWith(kept.join(''))).toBe(true);
    expect(metrics('edited').split('\n').length).toBeGreaterThan(kept.length + 1);
    const again = await engram(['resume', 'edited', '--steps=140'], { cwd });
    expect(again.stderr).toMatch(/edited\/metrics.jsonl: expected \d+ lines up to step 130, got \d+;/);
  });

  it('is refused while another process trains the run', async () => {
    const second: Promise<{ code: number | null; stderr: string }>[] = [];
    const first = await engram(['train', 'copy', ...flags, '--out=busy'], {
      cwd,
      said: once(/step 10,/, (child) => {
        second.push(engram(['resume', 'busy'], { cwd }), engram(['runs', 'rm', 'busy'], { cwd }));
        Promise.all(second).then(() => child.kill('SIGINT'));
        child.kill('SIGSTOP');
        Promise.all(second).then(() => child.kill('SIGCONT'));
      }),
    });
    expect([0, 130]).toContain(first.code);
    expect(second).toHaveLength(2);
    for (const result of await Promise.all(second)) {
      expect(result.code).toBe(2);
      expect(result.stderr).toMatch(
        /^engram \w+: expected a run that nobody uses, got one in use by process \d+; .*\n$/,
      );
    }
    expect(fs.existsSync(join(cwd, 'busy', 'config.json'))).toBe(true);
  });

  it('says that another backend gives other numbers', async () => {
    fs.cpSync(join(cwd, 'whole'), join(cwd, 'other'), { recursive: true });
    const { code, stderr } = await engram(['resume', 'other', '--backend=cpu', '--steps=122'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(/the run was eager on wasm; eager on cpu its numbers go another way/);
  });
});
