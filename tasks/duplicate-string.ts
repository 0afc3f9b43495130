/** Duplicate string: answer a string with the string twice, `101` -> `101101`: context-sensitive. */
import type { Task } from '../src/core/contracts.ts';
import { type StringSettings, stringTask } from './strings.ts';

/** The duplicate-string task. */
export const duplicateString: Task<StringSettings> = stringTask({
  name: 'duplicate-string',
  source: 'Deletang et al. 2023, table 1',
  summary: 'give back a string twice',
  times: 2,
  answer: (letters) => [...letters, ...letters],
});
