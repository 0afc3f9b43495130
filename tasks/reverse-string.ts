/** Reverse string: answer a string with its letters from the last to the first, `100` -> `001`: deterministic context-free. */
import type { Task } from '../src/core/contracts.ts';
import { type StringSettings, stringTask } from './strings.ts';

/** The reverse-string task. */
export const reverseString: Task<StringSettings> = stringTask({
  name: 'reverse-string',
  source: 'Deletang et al. 2023, table 1',
  summary: 'give back a string from its end',
  times: 1,
  answer: (letters) => letters.toReversed(),
});
