import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { shellLine } from '../../../../src/compare/places/shell-words.ts';
import { slurmScript } from '../../../../src/compare/places/slurm.ts';

const folder = fs.mkdtempSync(join(tmpdir(), "engram slurm's $HOME-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Stands for engram: writes what it was given; of a trial called `long` it waits for TERM, and takes a while to save. */
const program = join(folder, 'program of mine.sh');
fs.writeFileSync(
  program,
  `[ "$2" = long ] && trap 'sleep 0.3; echo saved >> "$0.said"; exit 143' TERM
printf '%s\\n' "$@" > "$0.said"
[ "$2" = long ] && { echo ready; while :; do sleep 0.05; done; }
exit 0
`,
);
const said = () => fs.readFileSync(`${program}.said`, 'utf8').trimEnd().split('\n');
fs.writeFileSync(join(folder, 'scontrol'), `echo "$@" > '${folder.replace("'", `'\\''`)}/requeued'\n`, {
  mode: 0o755,
});
fs.chmodSync(join(folder, 'scontrol'), 0o755);

/** Runs a task as Slurm does. */
function runTask(
  trials: readonly string[],
  task: number,
  started?: (kill: (signal: NodeJS.Signals) => void) => void,
) {
  const script = join(folder, 'out.sbatch');
  const program_ = ['/bin/bash', program];
  fs.writeFileSync(
    script,
    slurmScript({ program: program_, folder, logs: join(folder, 'logs'), trials, perTask: 2 }),
  );
  fs.rmSync(join(folder, 'requeued'), { force: true });
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env.PATH}`,
    SLURM_ARRAY_JOB_ID: '7',
    SLURM_ARRAY_TASK_ID: String(task),
  };
  const child = spawn('/bin/bash', [script], { cwd: '/', env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.on('data', (text) => {
    if (String(text).includes('ready')) started?.((signal) => child.kill(signal));
  });
  return new Promise<number | null>((resolve) => child.on('close', resolve));
}
const requeued = () =>
  fs.existsSync(join(folder, 'requeued')) ? fs.readFileSync(join(folder, 'requeued'), 'utf8') : '';

it('gives each task its share of the trials, whatever is in their names and the path', async () => {
  const trials = ['a-1', "it's $(2)", 'c 3'];
  expect(await runTask(trials, 0)).toBe(0);
  expect(said()).toEqual(['trial', 'a-1', "it's $(2)", '--out', folder]);
  expect(await runTask(trials, 1)).toBe(0);
  expect(said()).toEqual(['trial', 'c 3', '--out', folder]);
  expect(requeued()).toBe('');
  const text = fs.readFileSync(join(folder, 'out.sbatch'), 'utf8');
  expect(text).toMatch(/^#!\/bin\/bash\n(#SBATCH .*\n)+\n/);
  expect(text).toContain('#SBATCH --array=0-1\n');
});

it('saves and goes back into the queue when its time is nearly up', async () => {
  expect(await runTask(['long'], 0, (kill) => kill('SIGUSR1'))).toBe(143);
  expect(said().at(-1)).toBe('saved');
  expect(requeued()).toBe('requeue 7_0\n');
});

it('saves and stays out of the queue when it is cancelled', async () => {
  expect(await runTask(['long'], 0, (kill) => kill('SIGTERM'))).toBe(143);
  expect(said().at(-1)).toBe('saved');
  expect(requeued()).toBe('');
});

it('quotes what a shell would read', () => {
  expect(shellLine(['a/b.js', 'a b', "it's", ''])).toBe(`a/b.js 'a b' 'it'\\''s' ''`);
});
