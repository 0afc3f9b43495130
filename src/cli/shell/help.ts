/**
 * The help texts, laid out here: the parser's own layout loads Unicode tables that take longer than all the rest.
 */
import { wrap } from '../../report/table.ts';
import { type Command, commonFlags } from './command.ts';
import { asStarted, programName } from './program-name.ts';

/** The exit codes, as help prints them. */
export const exitCodes = `Exit codes:
  0  done                           4  what was asked for was not reached
  1  unexpected error               5  engine or backend unavailable
  2  usage or configuration         6  checkpoint missing, damaged or of another configuration
  3  training diverged              130, 143  interrupted by SIGINT, SIGTERM: saved, resumable`;

/** The widest a line gets on a wide screen. */
const WIDEST = 110;

type Row = readonly [left: string, right: string];

/** The help of `engram` itself. */
export function overview(commands: readonly Command[], width: number = WIDEST): string {
  const options: Row[] = [
    ['--help', 'show this; engram <command> --help shows a command'],
    ['--version', 'show the version'],
  ];
  const examples: Row[] = [
    ['engram train copy --preset tiny --until-solved', 'train a Neural Turing Machine until it copies'],
    ['engram train associative-recall --cell lstm --seed 7', 'its rival on another task'],
    ['engram resume runs/copy-ntm-...', 'go on where a run stopped'],
  ];
  return [
    `${programName()} <command> [options]`,
    'Train, resume, evaluate and look inside networks that remember.',
    section(
      'Commands',
      commands.map(({ name, takes, summary }): Row => [`engram ${name} ${takes}`.trim(), summary]),
      width,
    ),
    section('Options', options, width),
    section('Examples', examples, width),
    exitCodes,
  ].join('\n\n');
}

/** The help of one command. */
export function commandHelp(command: Command, width: number = WIDEST): string {
  const { name, takes, summary, flags, groups = {}, examples } = command;
  const options = [
    ...Object.entries({ ...flags, ...commonFlags }).map(
      ([flag, { describe }]): Row => [`--${flag}`, describe],
    ),
    ...Object.entries(groups).map(([group, describe]): Row => [`--${group}.*`, describe]),
  ];
  return [
    [programName(), name, takes, '[options]'].filter(Boolean).join(' '),
    summary,
    section('Options', options, width),
    section('Examples', examples, width),
    exitCodes,
  ].join('\n\n');
}

/** Rows of two columns under a title; the right column is wrapped, and goes below a left one that is too wide. */
function section(title: string, texts: readonly Row[], width: number): string {
  const rows = texts.map(([left, right]): Row => [asStarted(left), asStarted(right)]);
  const total = Math.max(40, Math.min(WIDEST, width));
  const column = Math.min(Math.max(...rows.map(([left]) => left.length)), Math.floor(total * 0.6));
  const lines = rows.flatMap(([left, right]) => {
    const [first = '', ...more] = wrap(right, total - column - 4);
    const indent = ' '.repeat(column + 4);
    const fits = left.length <= column;
    const begin = fits ? [`  ${left.padEnd(column)}  ${first}`] : [`  ${left}`, `${indent}${first}`];
    return [...begin, ...more.map((line) => `${indent}${line}`)];
  });
  return [`${title}:`, ...lines].join('\n');
}
