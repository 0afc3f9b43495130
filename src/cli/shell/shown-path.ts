/**
 * Paths as a person sees them. Runs hold whole paths, which stay right whatever becomes of the working folder; what lies
 * under that is told from there, as it was typed.
 */
import { isAbsolute, relative } from 'node:path';

/** The working folder; the root, under which nothing is told shorter, where it was removed before the command began. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}

/** A path from the working folder, where it lies under it. */
export function shownPath(path: string, folder: string = workingFolder()): string {
  if (folder === '/') return path;
  const near = relative(folder, path);
  return near === '' || near === '..' || near.startsWith('../') || isAbsolute(near) ? path : near;
}

/** A line in which every path under the working folder is told from there. */
export function shownText(text: string, folder: string = workingFolder()): string {
  if (folder === '/') return text;
  const begins = new RegExp(`(?<![\\w./-])${escaped(folder)}/(?=[^/\\s])`, 'g');
  return text.replaceAll(begins, '');
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
