/** How training tells where it is: one live line on a terminal, otherwise a plain line each ten seconds or evaluation. */
import type { Batch, Engine, Scores } from '../../core/contracts.ts';
import type { Budget } from '../../train/config.ts';
import type { EvaluationEvent } from '../../train/loop.ts';
import type { Terminal } from './terminal.ts';

const LIVE_MS = 250;
const PLAIN_MS = 10_000;

/** What progress is measured against. */
export interface ProgressOptions {
  readonly terminal: Terminal;
  readonly budget: Budget;
  readonly batchSize: number;
  /** Where this session begins. */
  readonly step: number;
  readonly wallSeconds: number;
}

/** Progress being shown. */
export interface Progress {
  /** The same engine, its steps counted. */
  watch(engine: Engine): Engine;
  evaluation(event: EvaluationEvent): void;
  stop(): void;
}

/** Begins to show progress. */
export function showProgress(options: ProgressOptions): Progress {
  const { terminal, batchSize } = options;
  const startMs = performance.now();
  const now = { step: options.step, lossNats: Number.NaN, evaluated: '', saidMs: startMs };
  const line = () => {
    const seconds = (performance.now() - startMs) / 1000;
    const rate = ((now.step - options.step) * batchSize) / Math.max(seconds, 1e-9);
    const left = timeLeft(options, { step: now.step, seconds });
    const loss = Number.isNaN(now.lossNats) ? '' : `loss ${bits(now.lossNats / Math.LN2)}`;
    const parts = [
      `step ${now.step}`,
      `${now.step * batchSize} sequences`,
      `${figure(rate)}/s`,
      loss,
      now.evaluated,
      left,
    ];
    return parts.filter((part) => part !== '').join(', ');
  };
  const tick = () => {
    if (terminal.live) terminal.status(line());
    else if (performance.now() - now.saidMs >= PLAIN_MS) say();
  };
  const say = () => {
    now.saidMs = performance.now();
    terminal.note(line());
  };
  const timer = setInterval(tick, LIVE_MS);
  timer.unref();
  return {
    watch: (engine) => counting(engine, now),
    evaluation(event) {
      now.evaluated = `evaluation ${scoreText(event.scores)}`;
      say();
    },
    stop: () => clearInterval(timer),
  };
}

/** Stands before an engine and keeps count; methods are passed on, since an engine may hold private state. */
function counting(engine: Engine, count: { step: number; lossNats: number }): Engine {
  return {
    name: engine.name,
    backend: engine.backend,
    parameterCount: engine.parameterCount,
    trainStep(batch: Batch) {
      const result = engine.trainStep(batch);
      count.step++;
      count.lossNats = result.lossNats;
      return result;
    },
    evaluate: (batch, probe) => engine.evaluate(batch, probe),
    save: () => engine.save(),
    load: (arrays) => engine.load(arrays),
    dispose: () => engine.dispose(),
  };
}

/** Until the first limit is met, at the pace of this session, evaluations and saving included. */
function timeLeft(options: ProgressOptions, { step, seconds }: { step: number; seconds: number }): string {
  const { budget, batchSize } = options;
  const made = step - options.step;
  const perStep = made > 0 ? seconds / made : Number.NaN;
  const bySteps = (last: number | undefined) =>
    last === undefined ? Number.POSITIVE_INFINITY : (last - step) * perStep;
  const left = Math.min(
    bySteps(budget.steps),
    bySteps(budget.sequences === undefined ? undefined : Math.ceil(budget.sequences / batchSize)),
    (budget.maxTimeSeconds ?? Number.POSITIVE_INFINITY) - options.wallSeconds - seconds,
  );
  if (!Number.isFinite(left)) return '';
  return `${budget.untilSolved ? 'at most ' : ''}${duration(Math.max(0, left))} left`;
}

/** Scores in a few words. */
export function scoreText(scores: Scores): string {
  const wrong =
    scores.bitErrorsPerSequence === undefined
      ? `${figure(scores.errorPercent ?? 0)} % wrong`
      : `${figure(scores.bitErrorsPerSequence)} wrong bits`;
  return `${bits(scores.bitsPerSequence)}, ${wrong}, ${figure(100 * scores.exactAccuracy)} % exact`;
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
