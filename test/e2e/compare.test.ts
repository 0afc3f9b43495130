import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrialOutcome } from '../../src/compare/outcome.ts';
import { engram, expectRefusal, workFolder } from './engram.ts';

const folder = workFolder('compare');
afterAll(folder.remove);
const cwd = folder.path;
const argv = (out: string) => [
  ...['compare', '--task=copy', '--cells=lstm,gru', '--preset=tiny', '--sequences=4000', '--seeds=2'],
  ...['--search=rate=1e-3,1e-2', '--evaluation.sequences=50', `--out=${out}`],
];
const document = (out: string) => JSON.parse(fs.readFileSync(join(cwd, out, 'comparison.json'), 'utf8'));
/** What came of every trial, without clock times. */
function outcomes(out: string): Record<string, TrialOutcome> {
  const path = join(cwd, out, 'outcomes');
  return Object.fromEntries(
    fs
      .readdirSync(path)
      .sort()
      .map((name) => [
        name,
        { ...JSON.parse(fs.readFileSync(join(path, name), 'utf8')), seconds: 0, solvedAtSeconds: 0 },
      ]),
  );
}
const ended = (stderr: string) => (stderr.match(/^\d+\/4 /gm) ?? []).length;

beforeAll(async () => {
  expect((await engram(argv('whole'), { cwd })).code).toBe(0);
});

describe('engram compare', () => {
  it('searches with every cell alike, and counts on other seeds with what was best', () => {
    const { schema, pairs, searched, trials } = document('whole');
    expect(schema).toBe('engram.compare/1');
    expect(trials.search.map(({ cell, seed }: { cell: string; seed: number }) => `${cell} ${seed}`)).toEqual([
      'lstm 1',
      'gru 1',
      'lstm 1',
      'gru 1',
    ]);
    expect(trials.final.map(({ seed }: { seed: number }) => seed)).toEqual([1001, 1001, 1002, 1002]);
    for (const { cell, point, best, trials: count } of pairs) {
      const own = searched.filter((one: { cell: string }) => one.cell === cell);
      expect(own).toHaveLength(2);
      const least = Math.min(...own.map((one: { best: number }) => one.best));
      expect(own.find((one: { best: number }) => one.best === least).point).toEqual(point);
      const finals = trials.final.filter((one: { cell: string }) => one.cell === cell);
      const [low, high] = finals
        .map(({ outcome }: { outcome: TrialOutcome }) =>
          Math.min(...outcome.evaluations.map(({ value }) => value!)),
        )
        .sort((a: number, b: number) => a - b);
      expect(best.median).toBeCloseTo((low + high) / 2, 10);
      expect(count).toBe(2);
    }
  });

  it('finds all done when it is run again, and says the same', async () => {
    const before = fs.readFileSync(join(cwd, 'whole', 'comparison.json'), 'utf8');
    const again = await engram([...argv('whole'), '--json'], { cwd });
    expect([again.code, ended(again.stderr)]).toEqual([0, 0]);
    expect(JSON.parse(again.stdout).pairs).toEqual(JSON.parse(before).pairs);
  });

  it.each([
    ['SIGKILL', null],
    ['SIGINT', 130],
  ] as const)('goes on after %s with the same numbers', async (signal, code) => {
    const out = `stopped-${signal}`;
    let sent = false;
    const first = await engram(argv(out), {
      cwd,
      said: (stderr, child) => {
        if (sent || ended(stderr) < 1) return;
        sent = true;
        // In the middle of the trials that came after.
        setTimeout(() => child.kill(signal), 700);
      },
    });
    expect(first.code).toBe(code);
    if (code !== null) expect(first.stderr).toMatch(/stopped; the same command goes on\n$/);
    const last = await engram(argv(out), { cwd });
    expect(last.code).toBe(0);
    expect(outcomes(out)).toEqual(outcomes('whole'));
    expect(document(out).searched).toEqual(document('whole').searched);
    const runs = fs.readdirSync(join(cwd, out, 'runs'));
    expect(runs.filter((name) => fs.existsSync(join(cwd, out, 'runs', name, 'lock')))).toEqual([]);
  });

  it('gives its trials away as commands, stage by stage, and gathers what came of them', async () => {
    const out = 'given away';
    const commands = async () => {
      const { code, stdout } = await engram([...argv(out), '--commands'], { cwd });
      expect(code).toBe(0);
      return stdout.split('\n').filter(Boolean);
    };
    for (const count of [4, 4]) {
      const lines = await commands();
      expect(lines).toHaveLength(count);
      const [first, ...others] = lines as [string];
      const { status, stderr } = spawnSync('sh', ['-c', first], { cwd: '/', encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, expect.stringMatching(/^begins: .*\n.*sequences.*\n$/)]);
      const ids = others.map((line) => / trial (\S+) --out /.exec(line)![1]!);
      const rest = await engram(['trial', ...ids, `--out=${out}`, '--json'], { cwd });
      expect(rest.code).toBe(0);
      expect(JSON.parse(rest.stdout).outcomes.map(({ id }: TrialOutcome) => id)).toEqual(ids);
    }
    expect(await commands()).toEqual([]);
    const last = await engram(argv(out), { cwd });
    expect([last.code, ended(last.stderr)]).toEqual([0, 0]);
    expect(outcomes(out)).toEqual(outcomes('whole'));
  });

  it('says in a plan what flags say', async () => {
    fs.writeFileSync(
      join(cwd, 'plan.yaml'),
      'task: copy\ncells: [lstm, gru]\npreset: tiny\nsequences: 4000\nseeds: 7\nout: elsewhere\nparameters:\n  rate: {values: [1e-3, 1e-2]}\nevaluation:\n  sequences: 50\n',
    );
    const planned = await engram(['compare', 'plan.yaml', '--seeds=2', '--out=whole', '--json'], { cwd });
    expect([planned.code, ended(planned.stderr)]).toEqual([0, 0]);
    expect(JSON.parse(planned.stdout).pairs).toEqual(document('whole').pairs);
  });

  it('keeps what diverged, with its reason', async () => {
    const result = await engram(
      ['compare', '--task=copy', '--cells=lstm', '--preset=tiny', '--sequences=400', '--seeds=1'].concat([
        '--optimizer=sgd',
        '--optimizer.rate=1e30',
        '--optimizer.clipNorm=0',
        '--out=diverged',
        '--json',
      ]),
      { cwd },
    );
    expect(result.code).toBe(0);
    const { pairs, trials } = JSON.parse(result.stdout);
    expect(pairs[0]).toMatchObject({ trials: 1, solved: 0, diverged: 1, failed: 0 });
    expect(trials.final[0].outcome).toMatchObject({ ending: 'diverged' });
    expect(trials.final[0].outcome.reason).toMatch(/finite|NaN/);
  });

  it.each([
    [['--task=copy'], 'expected cells, got none; give --cells lstm,ntm'],
    [['--task=copy', '--cells=lstm,lstm'], '--cells: expected lstm once, got it twice'],
    [['--task=copy', '--cells=lstn'], 'expected a cell, got lstn'],
    [['--task=copy', '--cells=lstm,ntm', '--preset=tiny'], 'expected the same budget for every cell'],
    [['--task=copy', '--cells=lstm', '--search=cell.slots=8,16'], 'cell.slots'],
    [['--task=copy', '--cells=lstm', '--commands', '--slurm=a'], 'expected one place for the trials'],
    [['no.yaml'], 'no.yaml: expected a file that can be read'],
    [['--task=copy', '--cells=lstm', '--out=.'], 'expected an empty folder or one of a comparison'],
  ])('refuses %j in one line', async (flags, message) => {
    expectRefusal(await engram(['compare', ...flags], { cwd }), 2, message);
  });
});
