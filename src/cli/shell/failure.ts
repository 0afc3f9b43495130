/** An error as the command line shows it: one line on stderr, its exit code, and with `--json` a document. */

/** What came of a command that failed. */
export interface Failure {
  readonly exitCode: number;
  readonly name: string;
  readonly message: string;
}

/** What the operating system refuses, in words. */
const systemErrors: Readonly<Record<string, readonly [exitCode: number, expected: string]>> = {
  ENOSPC: [1, 'room on the disk'],
  EDQUOT: [1, 'room in the disk quota'],
  EIO: [1, 'a disk that reads and writes'],
  EACCES: [2, 'permission to write'],
  EPERM: [2, 'permission to write'],
  EROFS: [2, 'a file system that can be written'],
  ENOTDIR: [2, 'a folder'],
  EISDIR: [2, 'a file'],
  ENOENT: [2, 'a file that exists'],
  ENAMETOOLONG: [2, 'a shorter name'],
};

/** Reads an exception: ours carry their exit code, the system's are put in words, the rest are unexpected. */
export function readFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { exitCode: 1, name: 'Error', message: oneLine(String(error)) };
  const { exitCode, code, path, syscall, issues } = error as Error & SystemDetails;
  const message = oneLine(error.message);
  if (typeof exitCode === 'number') return { exitCode, name: error.name, message };
  if (outOfMemory.some((sign) => message.includes(sign))) return tooLarge;
  if (issues?.[0]) return unreadable(issues[0]);
  if (syscall === 'uv_cwd') return noWorkingFolder;
  if (code === 'EMFILE' || code === 'ENFILE')
    return { exitCode: 1, name: 'SystemError', message: tooManyOpen(code) };
  const system = systemErrors[code ?? ''];
  if (!system) return { exitCode: 1, name: error.name, message };
  const [systemCode, expected] = system;
  return {
    exitCode: systemCode,
    name: 'SystemError',
    message: `expected ${expected}${path ? ` at ${path}` : ''}, got ${code}`,
  };
}

/** What is said where no file can be opened any more: it is the number that is wrong, not the file. */
function tooManyOpen(code: string): string {
  return `expected room for more open files, got ${code}; allow more with: ulimit -n 1024`;
}

/** What our errors and the system's carry. */
interface SystemDetails {
  readonly exitCode?: number;
  readonly code?: string;
  readonly path?: string;
  readonly syscall?: string;
  /** A schema library's. */
  readonly issues?: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

/** What a schema refused where nobody put it in our words. */
function unreadable(issue: NonNullable<SystemDetails['issues']>[number]): Failure {
  const where = issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : '';
  return {
    exitCode: 2,
    name: 'UsageError',
    message: `${where}expected what its schema allows, got another value (${oneLine(issue.message)}); see engram --help`,
  };
}

const noWorkingFolder: Failure = {
  exitCode: 2,
  name: 'UsageError',
  message: 'expected a working folder that exists, got one that was removed; change to another',
};

/** What JavaScript and the WebAssembly backend say when a tensor does not fit. */
const outOfMemory = [
  'Invalid typed array length',
  'Array buffer allocation failed',
  'Invalid array length',
  'memory access out of bounds',
  'Aborted(',
];

const tooLarge: Failure = {
  exitCode: 2,
  name: 'UsageError',
  message:
    'expected sizes that fit in memory, got larger ones; lower --batch, the sizes of the cell or the length of the task',
};

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
