/**
 * How training tells where it is: one live line on a terminal, otherwise a plain line each ten seconds, and a line for each
 * evaluation. Losses are those of metrics.jsonl, and each is said once.
 */
import type { Batch, Engine, Scores } from '../../core/contracts.ts';
import type { Budget } from '../../train/config.ts';
import type { EvaluationEvent, StepEvent, TrainEvent } from '../../train/loop.ts';
import { fitParts, liveLine, type Part } from './progress-line.ts';
import type { Terminal } from './terminal.ts';

const LIVE_MS = 250;
const PLAIN_MS = 10_000;
/** The pace is that of the last half minute: machines get faster and slower. */
const PACE_MS = 30_000;

/** What progress is measured against. */
export interface ProgressOptions {
  readonly terminal: Terminal;
  readonly budget: Budget;
  readonly batchSize: number;
  /** Where this session begins. */
  readonly step: number;
  readonly wallSeconds: number;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

/** Progress being shown. */
export interface Progress {
  /** The same engine, its steps counted. */
  watch(engine: Engine): Engine;
  event(event: TrainEvent): void;
  stop(): void;
}

interface Moment {
  readonly ms: number;
  readonly step: number;
}

/** Begins to show progress. */
export function showProgress(options: ProgressOptions): Progress {
  const { terminal, now = () => performance.now() } = options;
  const count = { step: options.step };
  const moments: Moment[] = [{ ms: now(), step: options.step }];
  const startMs = now();
  let saidMs = startMs;
  let logged: StepEvent | undefined;
  const width = () => terminal.width ?? Number.POSITIVE_INFINITY;
  const standing = (): Standing => {
    const ms = now();
    while (moments.length > 1 && ms - moments[1]!.ms > PACE_MS) moments.shift();
    const { ms: sinceMs, step: since } = moments[0]!;
    const secondsPerStep = count.step > since ? (ms - sinceMs) / 1000 / (count.step - since) : Number.NaN;
    return { step: count.step, seconds: options.wallSeconds + (ms - startMs) / 1000, secondsPerStep };
  };
  const say = (evaluation?: EvaluationEvent) => {
    saidMs = now();
    terminal.note(fitParts(partsOf({ options, standing: standing(), logged, evaluation }), width()));
    // What was said once is old news.
    if (!terminal.live) logged = undefined;
  };
  const tick = () => {
    moments.push({ ms: now(), step: count.step });
    const stands = standing();
    const parts = () => partsOf({ options, standing: stands, logged });
    // The last column stays free: some terminals go to the next line when it is written.
    if (terminal.live) terminal.status(liveLine(parts(), shareSpent(options, stands), width() - 1));
    else if (now() - saidMs >= PLAIN_MS) say();
  };
  const timer = setInterval(tick, LIVE_MS);
  timer.unref();
  return {
    watch: (engine) => counting(engine, count),
    event(event) {
      if (event.kind === 'step') logged = event;
      if (event.kind === 'evaluation') say(event);
    },
    stop: () => clearInterval(timer),
  };
}

/** Where training stands. */
interface Standing {
  readonly step: number;
  /** Over all sessions. */
  readonly seconds: number;
  /** Of late, evaluations and saving included; NaN before the first step. */
  readonly secondsPerStep: number;
}

/** What can be said of it, the most important with the lowest rank. */
function partsOf(told: {
  readonly options: ProgressOptions;
  readonly standing: Standing;
  readonly logged: StepEvent | undefined;
  readonly evaluation?: EvaluationEvent | undefined;
}): Part[] {
  const { options, standing, logged, evaluation } = told;
  const { batchSize } = options;
  const { step, secondsPerStep } = standing;
  const rate = batchSize / secondsPerStep;
  const [bitsOf = '', ...more] = evaluation ? scoreParts(evaluation.scores) : [];
  return [
    { text: `step ${step}`, rank: 0 },
    { text: `${step * batchSize} sequences`, rank: 7 },
    { text: Number.isNaN(rate) ? '' : `${figure(rate)}/s`, rank: 6 },
    { text: logged ? `loss ${bits(logged.bitsPerSequence)}` : '', rank: 2 },
    { text: bitsOf && `evaluation ${bitsOf}`, rank: 1 },
    ...more.map((text, i) => ({ text, rank: 4 + i })),
    { text: timeLeft(options, standing), rank: 3 },
  ];
}

/** Stands before an engine and keeps count; methods are passed on, since an engine may hold private state. */
function counting(engine: Engine, count: { step: number }): Engine {
  return {
    name: engine.name,
    backend: engine.backend,
    parameterCount: engine.parameterCount,
    trainStep(batch: Batch) {
      const result = engine.trainStep(batch);
      count.step++;
      return result;
    },
    evaluate: (batch, probe) => engine.evaluate(batch, probe),
    save: () => engine.save(),
    load: (arrays) => engine.load(arrays),
    dispose: () => engine.dispose(),
  };
}

/** The last step of a budget, where it limits steps. */
function lastStep({ budget, batchSize }: ProgressOptions): number {
  const { steps = Number.POSITIVE_INFINITY, sequences = Number.POSITIVE_INFINITY } = budget;
  return Math.min(steps, Math.ceil(sequences / batchSize));
}

/** How much of the budget is spent, by the limit that is nearest; nothing where there is none. */
function shareSpent(options: ProgressOptions, { step, seconds }: Standing): number | undefined {
  const { steps, sequences, maxTimeSeconds } = options.budget;
  if ((steps ?? sequences ?? maxTimeSeconds) === undefined) return undefined;
  return Math.min(
    1,
    Math.max(step / lastStep(options), seconds / (maxTimeSeconds ?? Number.POSITIVE_INFINITY)),
  );
}

/** Until the first limit is met, at the pace of late. */
function timeLeft(options: ProgressOptions, { step, seconds, secondsPerStep }: Standing): string {
  const { budget } = options;
  const bySteps = (lastStep(options) - step) * secondsPerStep;
  const byTime = (budget.maxTimeSeconds ?? Number.POSITIVE_INFINITY) - seconds;
  const left = Math.min(Number.isNaN(bySteps) ? Number.POSITIVE_INFINITY : bySteps, byTime);
  if (!Number.isFinite(left)) return '';
  return `${budget.untilSolved ? 'at most ' : ''}${duration(Math.max(0, left))} left`;
}

/** Scores in a few words. */
export function scoreText(scores: Scores): string {
  return scoreParts(scores).join(', ');
}

function scoreParts(scores: Scores): string[] {
  const { bitsPerSequence, bitErrorsPerSequence, squaredError, errorPercent = 0, exactAccuracy } = scores;
  const exact = `${figure(100 * exactAccuracy)} % exact`;
  if (squaredError !== undefined) return [`squared error ${figure(squaredError)}`, exact];
  const wrong =
    bitErrorsPerSequence === undefined
      ? `${figure(errorPercent)} % wrong`
      : `${figure(bitErrorsPerSequence)} wrong bits`;
  return [bits(bitsPerSequence), wrong, exact];
}

/** `2h05m`, `3m20s`, `45s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)}h${two(Math.floor(whole / 60) % 60)}m`;
  return whole >= 60 ? `${Math.floor(whole / 60)}m${two(whole % 60)}s` : `${whole}s`;
}

function bits(value: number): string {
  return `${figure(value)} bits`;
}

/** Three significant digits, written out. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
