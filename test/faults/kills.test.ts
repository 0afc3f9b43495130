import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rng } from '../../src/core/rng.ts';
import { engram, small, workFolder } from '../e2e/engram.ts';

/** As many kills of real training as are asked for; the suite has others in test/e2e/resume.test.ts. */
const KILLS = process.env.ENGRAM_FAULTS === 'whole' ? 200 : 3;
/** Runs, each of which is killed again and again until it comes to its end. */
const LONGEST_MS = 900_000;

const folder = workFolder('kills');
afterAll(folder.remove);
const cwd = folder.path;
const at = (...path: string[]) => join(cwd, ...path);
/** The compiled engine, as by default, and checkpoints often: a kill falls into one as likely as between two. */
const flags = [
  ...small.filter((flag) => !/--backend|--checkpoint/.test(flag)),
  '--checkpoint.everySteps=5',
  '--threads=1',
  '--steps=400',
];

/** What a run has come to: every byte of its arrays and its log, and what is told of its checkpoints. */
async function outcomeOf(run: string) {
  const step = 'checkpoints/step-400';
  const bytes = (file: string) => fs.readFileSync(at(run, file)).toString('base64');
  const evaluated = await engram(['eval', run, '--json', '--sequences=50'], { cwd });
  expect(evaluated).toMatchObject({ code: 0, stderr: '' });
  const { wallSeconds: _, ...state } = JSON.parse(fs.readFileSync(at(run, step, 'state.json'), 'utf8')).state;
  return {
    weights: bytes(`${step}/weights.safetensors`),
    optimizer: bytes(`${step}/optimizer.safetensors`),
    metrics: bytes('metrics.jsonl'),
    pointers: [bytes('last'), bytes('best')],
    files: fs
      .readdirSync(at(run), { recursive: true })
      .map((name) => String(name))
      .sort(),
    state,
    evaluated: JSON.parse(evaluated.stdout),
  };
}

let whole: Awaited<ReturnType<typeof outcomeOf>>;
/** How long training took that nothing stopped, its start included. */
let wholeMs: number;
beforeAll(async () => {
  const began = performance.now();
  expect((await engram(['train', 'copy', ...flags, '--out=whole'], { cwd })).code).toBe(0);
  wholeMs = performance.now() - began;
  whole = await outcomeOf('whole');
});

/** Kills a command after so long; whether it was still running. */
async function kill(argv: readonly string[], afterMs: number): Promise<boolean> {
  const started = (child: ChildProcess) => void setTimeout(() => child.kill('SIGKILL'), afterMs);
  const { signal, code, stderr } = await engram(argv, { cwd, started });
  if (signal !== 'SIGKILL') expect(code, stderr).toBe(0);
  return signal === 'SIGKILL';
}

describe('training that is killed at any moment', () => {
  it(`comes to the same bits, and leaves nothing, ${KILLS} times`, { timeout: 4 * LONGEST_MS }, async () => {
    const moments = rng(8, 'kills');
    let kills = 0;
    for (let n = 1; kills < KILLS; n++) {
      const run = `run-${n}`;
      for (let going = true; going; ) {
        const isRun = fs.existsSync(at(run, 'config.json'));
        const argv = isRun ? ['resume', run] : ['train', 'copy', ...flags, `--out=${run}`];
        // From the first moment of the process to where training alone would have ended.
        going = await kill(argv, kills < KILLS ? wholeMs * moments.uniform() : LONGEST_MS);
        if (going) kills++;
      }
      expect(await outcomeOf(run), `after ${kills} kills`).toEqual(whole);
      fs.rmSync(at(run), { recursive: true });
    }
    console.info(`${kills} kills`);
  });
});
