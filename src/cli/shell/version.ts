/** What this package says of itself. */
import { readFileSync } from 'node:fs';

/** The oldest Node that `package.json` promises. */
export const oldestNode = [20, 19] as const;

/** The version of this package; the file is three folders above the sources and four above the built ones. */
export function packageVersion(): string {
  for (const path of ['../../../package.json', '../../../../package.json']) {
    const found = versionIn(new URL(path, import.meta.url));
    if (found) return found;
  }
  return 'unknown';
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
