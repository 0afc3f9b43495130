/**
 * `npm run soak`: hours of training, evaluation and checkpoints by the built command, its memory, open files, threads and
 * disk sampled into samples.csv and drawn as soak.svg. Every few minutes the run is evaluated beside it, as a person would.
 * Linux only, for /proc. Ends in failure where training or an evaluation did.
 */
import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { parseSample, type Sample, sampleHeader, sampleLine, soakFigure } from './samples.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    everySeconds: { type: 'string', default: '10' },
    out: { type: 'string', default: 'soak' },
    program: { type: 'string', default: 'dist/src/cli/main.js' },
    /** Draws what was sampled so far, and trains nothing. */
    draw: { type: 'boolean', default: false },
  },
});
const out = resolve(values.out);
const program = resolve(values.program);
const samplesFile = join(out, 'samples.csv');

/** Evaluations beside training, so far apart. */
const EVALUATE_EVERY_MS = 5 * 60_000;

const settings = [
  ...['--preset=tiny', '--threads=1', '--log-every=1000'],
  ...['--evaluation.everySteps=1000', '--evaluation.sequences=200', '--checkpoint.everySteps=1000'],
];

/** Bytes under a folder; what goes away while it is counted counts nothing. */
function folderBytes(folder: string): number {
  const sizes = fs.readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    try {
      return entry.isDirectory() ? folderBytes(path) : fs.statSync(path).size;
    } catch {
      return 0;
    }
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The last step in a log, without reading the rest of it. */
function lastStep(file: string): number {
  if (!fs.existsSync(file)) return 0;
  const size = fs.statSync(file).size;
  const tail = Buffer.alloc(Math.min(size, 4096));
  const descriptor = fs.openSync(file, 'r');
  fs.readSync(descriptor, tail, 0, tail.length, size - tail.length);
  fs.closeSync(descriptor);
  return Number(/.*"step":(\d+).*\n/s.exec(tail.toString())?.[1] ?? 0);
}

function sample(pid: number, run: string, startMs: number): Sample {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
  return {
    seconds: Math.round((Date.now() - startMs) / 1000),
    step: lastStep(join(run, 'metrics.jsonl')),
    residentMiB: field('VmRSS') / 1024,
    openFiles: fs.readdirSync(`/proc/${pid}/fd`).length,
    threads: field('Threads'),
    runMiB: folderBytes(run) / 2 ** 20,
    checkpoints: fs.readdirSync(join(run, 'checkpoints')).length,
  };
}

function draw(): void {
  const lines = fs.readFileSync(samplesFile, 'utf8').trimEnd().split('\n').slice(1);
  fs.writeFileSync(join(out, 'soak.svg'), soakFigure(lines.map(parseSample)).svg);
}

async function evaluate(run: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      program,
      'eval',
      run,
      '--json',
      '--threads=1',
    ]);
    return JSON.parse(stdout).schema === 'engram.eval/1';
  } catch (error) {
    process.stderr.write(`soak: eval: ${(error as Error).message}\n`);
    return false;
  }
}

async function soak(): Promise<void> {
  const run = join(out, 'run');
  fs.mkdirSync(out, { recursive: true });
  fs.writeFileSync(samplesFile, `${sampleHeader}\n`, { flag: 'wx' });
  const limit = `--max-time=${values.minutes}m`;
  const child = spawn(process.execPath, [program, 'train', 'copy', ...settings, limit, '--out', run], {
    stdio: ['ignore', 'ignore', fs.openSync(join(out, 'stderr.txt'), 'w')],
  });
  const ended = new Promise<number | null>((done) => child.on('close', done));
  const startMs = Date.now();
  const evaluations = { told: 0, failed: 0 };
  let running = true;
  ended.then(() => {
    running = false;
  });
  let evaluatedMs = startMs;
  while (running) {
    await Promise.race([ended, new Promise((done) => setTimeout(done, 1000 * Number(values.everySeconds)))]);
    if (!running || !fs.existsSync(join(run, 'checkpoints'))) continue;
    fs.appendFileSync(samplesFile, `${sampleLine(sample(child.pid!, run, startMs))}\n`);
    if (Date.now() - evaluatedMs < EVALUATE_EVERY_MS) continue;
    evaluatedMs = Date.now();
    evaluations.told++;
    if (!(await evaluate(run))) evaluations.failed++;
  }
  draw();
  const code = await ended;
  process.stdout.write(
    `trained ${((Date.now() - startMs) / 60_000).toFixed(1)} minutes to step ${lastStep(join(run, 'metrics.jsonl'))}, exit ${code}; ` +
      `${evaluations.told} evaluations beside it, ${evaluations.failed} failed\n`,
  );
  process.exitCode = code === 0 && evaluations.failed === 0 ? 0 : 1;
}

if (values.draw) draw();
else await soak();
