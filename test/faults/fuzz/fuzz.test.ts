/**
 * Every command that reads a run, on damaged folders: it says what it says of a whole one, or one clear line with its exit
 * code, within five seconds of work and a gibibyte. Some hundred cases in the suite, ten thousand by `npm run test:faults`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import * as fs from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { CaseResult } from './worker.ts';

const whole = process.env.ENGRAM_FAULTS === 'whole';
const SEED = Number(process.env.ENGRAM_FUZZ_SEED ?? 1);
const CASES = Number(process.env.ENGRAM_FUZZ_CASES ?? (whole ? 10_000 : 500));
/** Of the processor, and by the clock, which tells of what waits for ever. */
const LONGEST_MS = 5000;
const ENDLESS_MS = 60_000;
const MOST_BYTES = 2 ** 30;
/** Cases after which a process begins anew, so that its peak of memory is of these alone. */
const CASES_A_PROCESS = 1000;
/** Beside other work, or ten thousand of them at the lowest priority, cases take their time. */
const TIMEOUT_MS = whole ? 4 * 3_600_000 : 600_000;

/** Where the processes work. */
const root = fs.mkdtempSync(join(tmpdir(), 'engram-fuzz-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

/** One process that runs cases one after the other, ended where one of them does not end. */
class Fuzzer {
  #child: ChildProcess | undefined;
  #left = 0;

  async run(number: number): Promise<CaseResult> {
    if (this.#left-- === 0) await this.#begin();
    const child = this.#child!;
    const answer = new Promise<CaseResult>((resolve) => {
      const failed = (complaint: string) => resolve({ number, what: 'case', complaint, ms: 0, peakBytes: 0 });
      const timer = setTimeout(() => failed('does not end'), ENDLESS_MS);
      const ended = () => failed('ended the process');
      child.once('exit', ended);
      child.once('message', (result: CaseResult) => {
        clearTimeout(timer);
        child.off('exit', ended);
        resolve(result);
      });
    });
    child.send({ seed: SEED, number });
    const result = await answer;
    if (result.what === 'case') this.end();
    return result;
  }

  end(): void {
    this.#child?.removeAllListeners();
    this.#child?.kill('SIGKILL');
    this.#left = 0;
  }

  async #begin(): Promise<void> {
    this.end();
    this.#left = CASES_A_PROCESS - 1;
    const child = fork(join(import.meta.dirname, 'worker.ts'), [], {
      execArgv: ['--import', 'jiti/register'],
      env: { ...process.env, TMPDIR: root, NODE_OPTIONS: '', VITEST: undefined },
    });
    this.#child = child;
    await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', () => reject(new Error('the fuzzer did not begin')));
    });
    child.removeAllListeners();
  }
}

it(
  `${CASES} damaged folders are each answered as whole ones or in one clear line`,
  async () => {
    let next = 0;
    const wrong: string[] = [];
    const tally = { slowestMs: 0, peakBytes: 0, wholeMs: 0 };
    const work = async () => {
      const fuzzer = new Fuzzer();
      for (let number = ++next; number <= CASES; number = ++next) {
        const { what, complaint, ms, peakBytes } = await fuzzer.run(number);
        const says = (text: string) => {
          wrong.push(`case ${SEED} ${number}: ${what}: ${text}`);
          if (whole) process.stderr.write(`${wrong.at(-1)}\n`);
        };
        if (complaint !== undefined) says(complaint);
        if (ms > LONGEST_MS) says(`took ${Math.round(ms)} ms`);
        if (peakBytes > MOST_BYTES) says(`took ${peakBytes} bytes`);
        if (whole && number % 500 === 0) process.stderr.write(`${number} cases, ${wrong.length} wrong\n`);
        tally.slowestMs = Math.max(tally.slowestMs, ms);
        tally.wholeMs += ms;
        tally.peakBytes = Math.max(tally.peakBytes, peakBytes);
      }
      fuzzer.end();
    };
    const processes = Math.min(2, availableParallelism());
    await Promise.all(Array.from({ length: processes }, work));
    if (whole) process.stderr.write(`${CASES} cases of seed ${SEED}: ${JSON.stringify(tally)}\n`);
    expect(wrong).toEqual([]);
  },
  TIMEOUT_MS,
);
