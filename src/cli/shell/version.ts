/** What this package says of itself. */
import { readFileSync } from 'node:fs';

/** The oldest Node that `package.json` promises. */
export const oldestNode = [20, 19] as const;

/** The folder of this package: three above the sources, and four above what is built of them. */
function packageFolder(): URL | undefined {
  const folders = ['../../../', '../../../../'].map((path) => new URL(path, import.meta.url));
  return folders.find((folder) => versionIn(new URL('package.json', folder)) !== undefined);
}

/** The version of this package. */
export function packageVersion(): string {
  const folder = packageFolder();
  return (folder && versionIn(new URL('package.json', folder))) ?? 'unknown';
}

/** A file of this package by its path from the top. */
export function packageFile(path: string): URL {
  return new URL(path, packageFolder());
}

function versionIn(file: URL): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
    return name === 'engram' ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a version such as `20.19.1` is at least the oldest that is supported. */
export function nodeIsSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}
