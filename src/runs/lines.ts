/** Logs of one JSON document a line: appended, and never rewritten but for what lies past a checkpoint that is gone back to. */
import * as fs from 'node:fs';
import { readPlainFile } from './plain-file.ts';
import { reading, refused, writing } from './storage.ts';
import { replaceFile } from './whole-file.ts';

/** An open log. */
export interface LineLog {
  append(line: object): void;
  /** Puts on disk what a checkpoint is about to build on. */
  sync(): void;
  close(): void;
}

const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
/** To its end, never through a link, and without waiting for whoever reads a pipe. */
const APPENDING = O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK;

/** Opens a log at its end. */
export function openLines(path: string): LineLog {
  const file = writing(path, () => fs.openSync(path, APPENDING));
  return {
    append: (line) => writing(path, () => fs.writeFileSync(file, `${JSON.stringify(line)}\n`)),
    sync: () => writing(path, () => fs.fsyncSync(file)),
    close: () => writing(path, () => fs.closeSync(file)),
  };
}

/** Keeps the whole lines that are meant to stay, drops a last line that was torn, and returns how many are left. */
export function cutLines(path: string, stays: (line: string) => boolean): number {
  const text = readText(path);
  const kept = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '' && stays(line));
  const cut = kept.map((line) => `${line}\n`).join('');
  if (cut !== text) writing(path, () => replaceFile(path, cut));
  return kept.length;
}

/** What is written in a log, oldest first; lines that are nothing are left out. */
export function readLines<T>(path: string, parse: (line: string) => T | undefined): T[] {
  return textLines(path).flatMap((line) => parse(line) ?? []);
}

/** The lines of a log as they stand, but for the end of the last; none where there is no log. */
export function textLines(path: string): string[] {
  const lines = readText(path).split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** One line where some of a log's lines are nothing, and are left out wherever it is read. */
export function lineProblem(path: string, isLine: (line: string) => boolean): string | undefined {
  const bad = textLines(path).flatMap((line, at) => (isLine(line) ? [] : [at + 1]));
  if (bad.length === 0) return undefined;
  const where = bad.length === 1 ? `line ${bad[0]}` : `${bad.length} lines, the first of them line ${bad[0]}`;
  return `${path}: expected an event on every line, got something else on ${where}; what is left is told`;
}

function readText(path: string): string {
  try {
    return reading(path, () => readPlainFile(path, 'log')).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw refused(path, error, 'read');
  }
}
