/** What a disk refuses: which calls can come to which error, and a command that runs while they do. */
import * as fs from 'node:fs';
import { type Call, isMaking, watchDisk } from './disk.ts';

/** The errors of a disk, each with the calls that it befalls. */
const refusals: Readonly<Record<string, (call: Call) => boolean>> = {
  ENOSPC: (call) => isMaking(call) || /^(write|fsync|mkdir|rename)/.test(call.name),
  EIO: () => true,
  EACCES: ({ name, args }) => !/^(fsync|close|fstat|read|write)/.test(name) || typeof args[0] !== 'number',
  EMFILE: ({ name, args }) => /^(open|readdir|readFile|writeFile)/.test(name) && typeof args[0] !== 'number',
};

/** The errors that a call can come to. */
export function errorsOf(call: Call): string[] {
  return Object.keys(refusals).filter((code) => refusals[code]!(call));
}

/** An error, and when it comes. */
export interface Refusal {
  readonly code: string;
  /** The number of the call that comes to it, from 1. */
  readonly at: number;
  /** Whether later calls that can come to it do so too, as on a disk that is full. */
  readonly goesOn: boolean;
}

/** Runs something while the disk refuses. Of what is to be written half is. */
export async function refusing<R>(
  root: string,
  { code, at, goesOn }: Refusal,
  work: () => Promise<R>,
): Promise<R> {
  let calls = 0;
  const stop = watchDisk(root, (call) => {
    calls++;
    const refused = calls === at || (goesOn && calls > at && refusals[code]!(call));
    if (!refused) return;
    if (call.name === 'writeFileSync') writeHalf(call);
    throw Object.assign(new Error(`${code}: refused, ${call.name} '${call.path}'`), {
      code,
      syscall: call.name.replace('Sync', ''),
      ...(typeof call.args[0] !== 'number' && { path: call.path }),
    });
  });
  try {
    return await work();
  } finally {
    stop();
  }
}

function writeHalf({ args: [file, content, options] }: Call): void {
  const bytes = Buffer.from(content as Uint8Array);
  fs.writeFileSync(file as number | string, bytes.subarray(0, bytes.length >> 1), options as object);
}

/** What something comes to, and the calls that it makes of a folder. */
export async function callsOf<R>(
  root: string,
  work: () => Promise<R>,
): Promise<{ readonly result: R; readonly calls: readonly Call[] }> {
  const calls: Call[] = [];
  const stop = watchDisk(root, (call) => void calls.push(call));
  const result = await work();
  stop();
  return { result, calls };
}
