/** The tasks, and all of them by name. */
import type { Task } from '../src/core/contracts.ts';
import * as kinds from './kinds.ts';

export * from './kinds.ts';

/** Every task by the name that a person types. */
export const tasks: Readonly<Record<string, Task>> = Object.fromEntries(
  Object.values(kinds).map((task) => [task.name, task as Task]),
);
