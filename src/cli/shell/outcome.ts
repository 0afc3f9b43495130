/** What came of training, as plain data, and how it is told: a document, lines for a person, and the exit code. */
import type { Config } from '../../train/config.ts';
import type { DoneEvent } from '../../train/loop.ts';
import { duration, figure, scoreText } from './progress.ts';
import { oneLine, type Terminal } from './terminal.ts';

/** What came of training. */
export interface Outcome {
  readonly done: DoneEvent;
  /** The exit code of the signal that ended it, where one did. */
  readonly signalCode: number | undefined;
  /** The run's folder as a person names it. */
  readonly run: string;
  readonly config: Config;
  /** The task counts as solved below so many bits per sequence. */
  readonly solvedBelow: number;
  readonly engine: string;
  readonly backend: string;
  readonly parameters: number;
  /** Whether there was anything left to do. */
  readonly trained: boolean;
}

/** How training ended. */
type Ending = 'done' | 'interrupted' | 'not-solved' | 'nothing-left';

/** How training ended: of what applies, what matters most to whoever asked for it. */
function endingOf({ done, config, trained }: Outcome): Ending {
  if (done.reason === 'interrupted') return 'interrupted';
  if (config.budget.untilSolved && !done.solved) return 'not-solved';
  return trained ? 'done' : 'nothing-left';
}

/** 0; 4 when the task was to be solved and is not; the signal's. */
function exitCodeOf(outcome: Outcome): number {
  const codes = { done: 0, 'nothing-left': 0, 'not-solved': 4, interrupted: outcome.signalCode ?? 130 };
  return codes[endingOf(outcome)];
}

/** Prints the outcome, and how to go on; sets the exit code. */
export function tellOutcome(terminal: Terminal, outcome: Outcome, json: boolean): void {
  if (json) terminal.result(JSON.stringify(outcomeDocument(outcome)));
  else for (const line of outcomeLines(outcome, terminal)) terminal.result(oneLine(line));
  const remark = remarkOn(outcome);
  if (remark !== undefined) terminal.note(remark);
  const code = exitCodeOf(outcome);
  // A stream that could not be written may have set one already.
  if (code !== 0) process.exitCode = code;
}

/** What is left to say when it did not simply end. */
function remarkOn(outcome: Outcome): string | undefined {
  const { done, run } = outcome;
  switch (endingOf(outcome)) {
    case 'interrupted':
      return `saved at step ${done.step}; go on with: engram resume ${run}`;
    case 'not-solved':
      return notSolved(outcome);
    case 'nothing-left':
      return nothingLeft(outcome);
    case 'done':
      return undefined;
  }
}

function notSolved({ done, config, solvedBelow, run }: Outcome): string {
  const got = done.scores ? scoreText(done.scores) : 'no evaluation';
  return `engram: ${config.task.name}: expected it solved (below ${figure(solvedBelow)} bits three times in a row), got ${got}; go on with more: engram resume ${run} --sequences ${2 * done.sequences}`;
}

/** Why a run that was resumed did not train, and the flags with which it would. */
function nothingLeft({ run, config, done }: Outcome): string {
  const { reason, step, sequences } = done;
  const { maxTimeSeconds = 0 } = config.budget;
  const ends: Partial<Record<DoneEvent['reason'], readonly [is: string, flags: string]>> = {
    solved: ['solved as it should be', `--until-solved=false --sequences ${2 * sequences}`],
    steps: [`at its budget of ${step} steps`, `--steps ${2 * step}`],
    time: [`at its budget of ${duration(maxTimeSeconds)}`, `--max-time ${duration(2 * maxTimeSeconds)}`],
  };
  const [is, flags] = ends[reason] ?? [
    `at its budget of ${sequences} sequences`,
    `--sequences ${2 * sequences}`,
  ];
  return `engram resume: expected something left to train, got a run that is ${is}; go on with more: engram resume ${run} ${flags}`;
}

/** The document of `engram train --json`. */
function outcomeDocument(outcome: Outcome): Record<string, unknown> {
  const { done, run, config, engine, backend, parameters } = outcome;
  const { step, sequences, solved, wallSeconds } = done;
  return {
    schema: 'engram.train/1',
    run,
    task: config.task.name,
    cell: config.cell.name,
    engine,
    backend,
    seed: config.seed,
    steps: step,
    sequences,
    solved: solved && { sequences: solved.sequences, steps: solved.steps },
    final: finalScores(done),
    parameters,
    wallSeconds,
    sequencesPerSecond: wallSeconds > 0 ? sequences / wallSeconds : 0,
  };
}

function finalScores({ scores }: DoneEvent): Record<string, number> | null {
  if (!scores) return null;
  const { bitsPerSequence, bitErrorsPerSequence, exactAccuracy, accuracy, errorPercent, squaredError } =
    scores;
  if (bitErrorsPerSequence !== undefined) return { bitsPerSequence, bitErrorsPerSequence, exactAccuracy };
  const shares = { accuracy: accuracy ?? 0, errorPercent: errorPercent ?? 0 };
  return { bitsPerSequence, exactAccuracy, ...shares, ...(squaredError !== undefined && { squaredError }) };
}

/** The result for a person. */
function outcomeLines(outcome: Outcome, { style }: Terminal): string[] {
  const { done, run, config, parameters } = outcome;
  const { step, sequences, wallSeconds } = done;
  const solved = done.solved
    ? style('green', `solved after ${done.solved.sequences} sequences (${done.solved.steps} steps)`, 'stdout')
    : 'not solved yet';
  const rate = wallSeconds > 0 ? `, ${figure(sequences / wallSeconds)} sequences/s` : '';
  const scored = done.scores
    ? `${scoreText(done.scores)}, over ${done.scores.sequences} sequences`
    : 'not evaluated yet';
  return [
    `${config.task.name} with ${config.cell.name}: ${solved}`,
    `  now         ${scored}`,
    `  trained     ${sequences} sequences, ${step} steps, ${duration(wallSeconds)}${rate}`,
    `  parameters  ${parameters}`,
    `  run         ${run}`,
  ];
}
