/** The doors of the running Engram, as a file of a person's own may import them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { RunningModules } from '../../runs/load-module.ts';
import { packageVersion } from './version.ts';

/** Every door by its name, and TensorFlow.js by its own: a file that imports it gets the one the engines run on. */
export async function runningModules(): Promise<RunningModules> {
  const [engram, cell, tasks, report, runs, jit, memories] = await Promise.all([
    import('../../index.ts'),
    import('../../cell.ts'),
    import('../../../tasks/index.ts'),
    import('../../report/index.ts'),
    import('../../runs/index.ts'),
    import('../../jit/index.ts'),
    import('../../memories/index.ts'),
  ]);
  return {
    engram,
    'engram/cell': cell,
    'engram/tasks': tasks,
    'engram/report': report,
    'engram/runs': runs,
    'engram/jit': jit,
    'engram/memories': memories,
    '@tensorflow/tfjs': cell.tf,
    '@tensorflow/tfjs-core': cell.tf,
  };
}

/** What is said where a file lies beside an installed Engram of another version: it gets the running one all the same. */
export function otherVersionBeside(path: string): string | undefined {
  try {
    const installed = createRequire(path).resolve('engram/package.json');
    const { version } = JSON.parse(readFileSync(installed, 'utf8')) as { version: string };
    if (version === packageVersion()) return undefined;
    return `${installed} is version ${version}; ${path} is given the running one, ${packageVersion()}`;
  } catch {
    return undefined;
  }
}
