/**
 * A trial is one training run of a comparison. What it is called is a hash of its configuration, so that the same command
 * finds what it has done before, and does only what is missing.
 */
import { type Layer, layOver, setPath } from '../app/layers.ts';
import { UsageError } from '../core/errors.ts';
import type { Assembly } from '../registry.ts';
import { deciding } from '../runs/config-hash.ts';
import { canonicalJson, sha256 } from '../runs/sha256.ts';
import type { Config } from '../train/config.ts';
import type { Point } from './axes.ts';

/** A trial of the search chooses settings; one of the comparison itself is counted. Their seeds are never the same. */
export type Purpose = 'search' | 'final';

/** What is to be tried. Task and cell are named as they were typed: a cell of a person's own by its file. */
export interface Request {
  readonly purpose: Purpose;
  readonly task: string;
  readonly cell: string;
  readonly seed: number;
  /** The searched settings. */
  readonly point: Point;
}

/** What is needed to run a trial, and to read what came of it. */
export interface Prepared {
  readonly id: string;
  /** What `engram train --config` is given; a recipe lies under it. */
  readonly asked: Layer;
  readonly config: Config;
}

/** A trial, ready to run. */
export interface Trial extends Request, Prepared {}

/** What all trials have in common. */
export interface Common {
  /** Settings that were typed: they lie over the recipe, and under what is searched. */
  readonly settings: Layer;
  /** How long one trains; that of the recipe where it is left out. */
  readonly sequences?: number | undefined;
  /** The configuration that layers make. */
  assemble(asked: Layer): Assembly;
}

/** How many times a trial is evaluated within its budget: to so many parts of it the time to solve is known. */
const EVALUATIONS = 50;

/**
 * The trial of a request. It trains on one thread, ends when the task is solved unless the settings say otherwise, and is
 * evaluated and saved after equal numbers of sequences, whatever its batch.
 * @throws UsageError on settings that cannot be
 */
export function makeTrial(request: Request, { settings, sequences, assemble }: Common): Trial {
  const asked = layOver({ budget: { untilSolved: true } }, structuredClone(settings));
  for (const [path, value] of Object.entries(request.point)) setPath(asked, path, value);
  const named = layOver(asked, {
    task: { name: request.task },
    cell: { name: request.cell },
    seed: request.seed,
    threads: 1,
    // A layer that gives one limit replaces those below it.
    ...(sequences !== undefined && { budget: { ...(asked.budget as Layer), sequences } }),
  });
  const { batchSize, budget } = assemble(named).config;
  if (budget.sequences === undefined)
    throw new UsageError(
      `${request.task} with ${request.cell}: expected a budget in sequences, got another; give --sequences`,
    );
  const everySteps = Math.max(1, Math.round(budget.sequences / EVALUATIONS / batchSize));
  const spaced = layOver({ evaluation: { everySteps }, checkpoint: { everySteps } }, named);
  const { config } = assemble(spaced);
  return { ...request, id: trialId(config), asked: spaced, config };
}

/** Task, cell and seed for a person, and a hash of everything that decides what comes out. */
export function trialId(config: Config): string {
  const hash = sha256(canonicalJson(deciding(config))).slice(0, 12);
  return `${config.task.name}-${config.cell.name}-${config.seed}-${hash}`;
}
