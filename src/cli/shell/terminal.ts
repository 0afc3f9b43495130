/**
 * The two streams: results on stdout, everything else on stderr. On a terminal one live line is redrawn in place;
 * elsewhere progress is plain lines. A reader that has gone away (EPIPE) is no error.
 */
import { styleText } from 'node:util';
import { shownText } from './shown-path.ts';

/** Where a command writes. */
export interface Terminal {
  /** Whether stderr is a screen on which a line can be redrawn. */
  readonly live: boolean;
  /** How wide stdout is, where it is a screen or COLUMNS says so. */
  readonly columns: number | undefined;
  /** The same of stderr; a screen that does not say how wide it is has 80. */
  readonly width: number | undefined;
  /** A line of the result, on stdout. */
  result(text: string): void;
  /** One line that stays, on stderr; paths under the working folder are told from there. */
  note(text: string): void;
  /** The live line, redrawn; nothing where there is none. */
  status(text: string): void;
  /** Text in a style, where the stream shows styles. */
  style(
    format: 'bold' | 'dim' | 'red' | 'green' | 'yellow',
    text: string,
    stream?: 'stdout' | 'stderr',
  ): string;
}

/** What of the process the terminal stands on; tests give their own. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/** Opens the terminal and takes care of readers that go away. */
export function openTerminal({ stdout, stderr, env }: Streams = process): Terminal {
  const plain = env.TERM === 'dumb' || env.NO_COLOR !== undefined;
  const forced = Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== '0' && env.NO_COLOR === undefined;
  const live = Boolean(stderr.isTTY) && env.TERM !== 'dumb' && env.CI === undefined;
  let drawn = false;
  const clear = () => {
    if (drawn) stderr.write('\r\u001b[2K');
    drawn = false;
  };
  quietOnClosedPipe(stdout, () => stderr);
  quietOnClosedPipe(stderr);
  return {
    live,
    columns: widthOf(stdout, env),
    get width() {
      return widthOf(stderr, env) ?? (live ? USUAL_WIDTH : undefined);
    },
    result(text) {
      clear();
      stdout.write(`${printable(text, NOT_SHOWN)}\n`);
    },
    note(text) {
      clear();
      stderr.write(`${oneLine(shownText(text))}\n`);
    },
    status(text) {
      if (!live) return;
      clear();
      stderr.write(text.slice(0, (widthOf(stderr, env) ?? USUAL_WIDTH) - 1));
      drawn = true;
    },
    style(format, text, stream = 'stderr') {
      const target = stream === 'stdout' ? stdout : stderr;
      const colored = forced || (Boolean(target.isTTY) && !plain);
      return colored ? styleText(format, text, { validateStream: false }) : text;
    },
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const NOT_SHOWN = /\u001b\[[0-9;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const NOT_ON_A_LINE = /\u001b\[[0-9;]*m|[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** A name as a part of a line, which it cannot end: names may hold any sign, new lines among them. */
export function oneLine(text: string): string {
  return printable(text, NOT_ON_A_LINE);
}

/**
 * Text without what a screen would obey: names come from files and folders that may be a stranger's. Colors stay, which
 * are ours or do no harm; in a text of several lines tabs and new lines, too.
 */
function printable(text: string, hidden: RegExp): string {
  return text.replace(hidden, (sign) =>
    sign.length > 1 ? sign : `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

const USUAL_WIDTH = 80;

/** What a stream says, unless it is a screen of width 0, or none; then what the shell says. */
function widthOf({ columns }: NodeJS.WriteStream, env: NodeJS.ProcessEnv): number | undefined {
  const told = Number(env.COLUMNS);
  return columns || (Number.isInteger(told) && told > 0 ? told : undefined);
}

/** Ends in silence when nobody reads any more; anything else that befalls a stream is an error as usual. */
function quietOnClosedPipe(stream: NodeJS.WriteStream, tell?: () => NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = 1;
    tell?.().write(`engram: expected to write the result, got ${error.code}; nothing else is lost
`);
  });
}
