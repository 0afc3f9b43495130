/**
 * What is known of a cell or a task of one's own before it trains: a list of checks, each with what was found. A check
 * that fails says why in one line; those that could only fail because of it are not run.
 */
import { openBackend } from '../../core/backend.ts';
import type { CellKind, Task } from '../../core/contracts.ts';
import { readSettings } from '../../core/settings.ts';
import { cellChecks } from './cell.ts';
import { type CheckPlan, type Found, outcome } from './steps.ts';
import { taskChecks } from './task.ts';

/** One check. */
export interface Check extends Found {
  readonly name: string;
}

/** All checks of a cell or a task, in order. */
export interface CheckReport {
  readonly sort: 'cell' | 'task';
  readonly name: string;
  readonly settings: unknown;
  readonly checks: readonly Check[];
  /** Whether none is wrong. */
  readonly ok: boolean;
}

/** What a check can be told. */
export interface CheckOptions {
  /** As far as they are not the defaults. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

/**
 * Compiles a cell at three sizes and holds it against the eager engine, against differences, and against itself.
 * Opens the cpu backend.
 * @throws UsageError on settings that the cell does not take
 */
export async function checkCell(kind: CellKind, options: CheckOptions = {}): Promise<CheckReport> {
  const { settings: own = {}, now = () => performance.now() } = options;
  const settings = readSettings(kind.settings, own, { at: 'cell' });
  await openBackend('cpu');
  return report('cell', kind.name, settings, cellChecks({ kind, settings, now }));
}

/**
 * Samples a task at its settings, its grid and the ends of its settings.
 * @throws UsageError on settings that the task does not take
 */
export function checkTask(task: Task, options: CheckOptions = {}): CheckReport {
  const settings = readSettings(task.settings, options.settings ?? {}, { at: 'task' });
  return report('task', task.name, settings, taskChecks({ task, settings }));
}

function report(sort: CheckReport['sort'], name: string, settings: unknown, plan: CheckPlan): CheckReport {
  const checks: Check[] = [];
  try {
    for (const { name: what, run, blocks } of plan.steps) {
      const check = { name: what, ...outcome(run) };
      checks.push(check);
      if (blocks && check.verdict === 'wrong') break;
    }
  } finally {
    plan.dispose?.();
  }
  return { sort, name, settings, checks, ok: checks.every(({ verdict }) => verdict !== 'wrong') };
}
