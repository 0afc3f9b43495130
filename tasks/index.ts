/** All tasks by name. A new task is its own file and one line here. */
import type { Task } from '../src/core/contracts.ts';
import { associativeRecall } from './associative-recall.ts';
import { copy } from './copy.ts';
import { keyValueRetrieval } from './key-value-retrieval.ts';

export type { RecallSettings } from './associative-recall.ts';
export type { CopySettings } from './copy.ts';
export type { RetrievalSettings } from './key-value-retrieval.ts';
export { associativeRecall, copy, keyValueRetrieval };

/** Every task by the name that a person types. */
export const tasks: Readonly<Record<string, Task>> = Object.fromEntries(
  [copy, associativeRecall, keyValueRetrieval].map((task) => [task.name, task as Task]),
);
