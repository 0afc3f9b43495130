/**
 * Folders made with those above them. Node's own recursive mkdir never ends where a file system such as /proc denies that
 * the folder above exists, nor where the working folder is gone.
 */
import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it, from the outermost in, as far as they are not there.
 * @param made gets the ones that were not there, also where a later one is refused
 */
export function makeFolders(path: string, made: string[] = []): void {
  const whole = resolve(path);
  if (fs.existsSync(whole)) return;
  makeFolders(dirname(whole), made);
  try {
    fs.mkdirSync(whole);
  } catch (error) {
    // Another process made it meanwhile.
    if (fs.existsSync(whole)) return;
    throw error;
  }
  made.push(whole);
}
