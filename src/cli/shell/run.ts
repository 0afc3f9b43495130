/**
 * One command line, from words to what it does. Only what every call needs is imported here; the tensor library, the
 * schemas and the report are loaded by the commands that use them, so that help is there at once.
 */
import { UsageError } from '../../core/errors.ts';
import { nearestOrAll } from '../../core/lookup.ts';
import { command as bench } from '../commands/bench.ts';
import { command as cells } from '../commands/cells.ts';
import { command as check } from '../commands/check.ts';
import { command as compare } from '../commands/compare.ts';
import { completion } from '../commands/completion.ts';
import { command as doctor } from '../commands/doctor.ts';
import { command as evaluate } from '../commands/eval.ts';
import { command as experiment } from '../commands/experiment.ts';
import { command as explain } from '../commands/explain.ts';
import { command as inspect } from '../commands/inspect.ts';
import { command as create } from '../commands/new.ts';
import { command as resume } from '../commands/resume.ts';
import { command as runs } from '../commands/runs.ts';
import { command as tasks } from '../commands/tasks.ts';
import { command as train } from '../commands/train.ts';
import { command as trial } from '../commands/trial.ts';
import { type Command, readInput } from './command.ts';
import { commandHelp, overview } from './help.ts';
import type { Terminal } from './terminal.ts';
import { packageVersion } from './version.ts';

const commands: readonly Command[] = [
  train,
  resume,
  evaluate,
  inspect,
  compare,
  trial,
  runs,
  tasks,
  cells,
  check,
  create,
  explain,
  experiment,
  doctor,
  bench,
  completion(() => commands),
];

/** The command that a command line begins with, where there is one of that name. */
export function commandNamed(word: string | undefined): Command | undefined {
  return commands.find(({ name }) => name === word);
}

/** Runs one command line; errors are thrown. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<void> {
  const [word, ...rest] = argv;
  if (word === '--version') return terminal.result(packageVersion());
  if (word === 'help' && rest[0] !== undefined) return run([rest[0], '--help'], terminal);
  if (word === '--help' || word === '-h' || word === 'help')
    return terminal.result(overview(commands, terminal.columns));
  if (!word) throw new UsageError('expected a command, got nothing; see engram --help');
  const command = commandNamed(word);
  if (!command) {
    const names = commands.map(({ name }) => name);
    throw new UsageError(`expected a command, got ${word}; ${nearestOrAll(word, names)}`);
  }
  if (rest.includes('--help') || rest.includes('-h'))
    return terminal.result(commandHelp(command, terminal.columns));
  await command.run(await readInput(command, rest), terminal);
}
