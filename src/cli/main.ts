#!/usr/bin/env node
/**
 * The command `engram`. Only what every call needs is imported here; the tensor library, the schemas and the report are
 * loaded by the commands that use them, so that help is there at once.
 */
import { UsageError } from '../core/errors.ts';
import { nearestOrAll } from '../core/lookup.ts';
import { type Command, commandHelp, overview, readInput } from './command.ts';
import { command as cells } from './commands/cells.ts';
import { command as doctor } from './commands/doctor.ts';
import { command as evaluate } from './commands/eval.ts';
import { command as inspect } from './commands/inspect.ts';
import { command as resume } from './commands/resume.ts';
import { command as runs } from './commands/runs.ts';
import { command as tasks } from './commands/tasks.ts';
import { command as train } from './commands/train.ts';
import { readFailure } from './failure.ts';
import { openTerminal } from './terminal.ts';
import { nodeIsSupported, oldestNode, packageVersion } from './version.ts';

const terminal = openTerminal();
const commands: readonly Command[] = [train, resume, evaluate, inspect, runs, tasks, cells, doctor];

/** Runs one command line; errors are thrown. */
async function run(argv: readonly string[]): Promise<void> {
  if (!nodeIsSupported(process.versions.node))
    throw new UsageError(
      `expected Node ${oldestNode.join('.')} or newer, got ${process.versions.node}; install a newer Node`,
    );
  const [word, ...rest] = argv;
  if (word === '--version') return terminal.result(packageVersion());
  if (word === '--help' || word === '-h' || word === 'help') return terminal.result(await overview(commands));
  if (word === undefined) throw new UsageError('expected a command, got nothing; see engram --help');
  const command = commands.find(({ name }) => name === word);
  if (!command) {
    const names = commands.map(({ name }) => name);
    throw new UsageError(`expected a command, got ${word}; ${nearestOrAll(word, names)}`);
  }
  if (rest.includes('--help') || rest.includes('-h')) return terminal.result(await commandHelp(command));
  await command.run(await readInput(command, rest), terminal);
}

/** Shows an error in one line and sets the exit code. */
function fail(error: unknown, argv: readonly string[]): void {
  const { exitCode: code, name, message } = readFailure(error);
  const command = commands.find((known) => known.name === argv[0]);
  if (argv.includes('--json')) terminal.result(JSON.stringify({ error: { code, name, message } }));
  terminal.note(`engram${command ? ` ${command.name}` : ''}: ${message}`);
  if (argv.includes('--debug') && error instanceof Error) terminal.note(error.stack ?? '');
  process.exitCode = code;
}

/** Libraries print on the streams that results and errors are on; what they say is seen with --debug. */
function silenceLibraries(): void {
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) console[method] = () => undefined;
}

const argv = process.argv.slice(2);
if (!argv.includes('--debug')) silenceLibraries();
run(argv).catch((error: unknown) => {
  fail(error, argv);
  // A library that failed may hold on to the event loop; both streams are written out first.
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
});
