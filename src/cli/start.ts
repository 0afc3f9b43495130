/**
 * The command `engram`: runs what was typed, and shows an error in one line with its exit code. The commands are loaded
 * when Node is known to be new enough for them.
 */
import { inspect } from 'node:util';
import { callSite } from '../core/call-site.ts';
import { UsageError } from '../core/errors.ts';
import { readFailure } from './shell/failure.ts';
import { asStarted } from './shell/program-name.ts';
import { shownText } from './shell/shown-path.ts';
import { openTerminal, type Terminal } from './shell/terminal.ts';
import { nodeIsSupported, oldestNode } from './shell/version.ts';

const streams = openTerminal();
const terminal: Terminal = { ...streams, note: (text) => streams.note(asStarted(text)) };
/** The command that an error belongs to, as messages begin. */
let commandWord = '';

/** Shows an error in one line and sets the exit code. */
function fail(error: unknown, argv: readonly string[]): void {
  const { exitCode: code, name, message: whole } = readFailure(error);
  const message = shownText(whole);
  if (argv.includes('--json')) terminal.result(JSON.stringify({ error: { code, name, message } }));
  terminal.note(`engram${commandWord}: ${message}`);
  if (argv.includes('--debug')) for (const line of inspect(error).split('\n')) terminal.note(line);
  process.exitCode = code;
}

/** Whether the command has come to its end, well or not. */
let ended = false;

/** Code of a cell or a task may end the process, and with it what was to be found out of it: that is no success. */
function refuseExit(argv: readonly string[]): void {
  const { exit } = process;
  let place: string | undefined;
  process.exit = (...code) => {
    const caller = { stack: '' };
    Error.captureStackTrace(caller, process.exit);
    place ??= callSite(caller.stack);
    // A code that is given as nothing counts as 0, and not as the one that was set.
    return exit.apply(process, code);
  };
  process.on('exit', (code) => {
    // A second signal ends the command, too.
    if (ended || code > 128) return;
    const where = place === undefined ? '' : `${place}: `;
    fail(
      new UsageError(
        `${where}expected the command to come to its end, got process.exit in the code that it runs; take that out`,
      ),
      argv,
    );
  });
}

/** Libraries print on the streams that results and errors are on; what they say is seen with --debug. */
function silenceLibraries(): void {
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) console[method] = () => undefined;
}

async function start(argv: readonly string[]): Promise<void> {
  const { node } = process.versions;
  if (!nodeIsSupported(node))
    throw new UsageError(`expected Node ${oldestNode.join('.')} or newer, got ${node}; install a newer Node`);
  // Node remembers it: paths are whole from here on, whatever becomes of the folder.
  process.cwd();
  const { commandNamed, run } = await import('./shell/run.ts');
  if (commandNamed(argv[0])) commandWord = ` ${argv[0]}`;
  await run(argv, terminal);
}

const argv = process.argv.slice(2);
if (!argv.includes('--debug')) silenceLibraries();
refuseExit(argv);
start(argv).then(
  () => {
    ended = true;
  },
  (error: unknown) => {
    ended = true;
    fail(error, argv);
    // A library that failed may hold on to the event loop; both streams are written out first.
    process.stdout.write('', () => process.stderr.write('', () => process.exit()));
  },
);
