import { describe, expect, it } from 'vitest';
import { asStarted, programName } from '../../../../src/cli/shell/program-name.ts';

const started = (program: string, env: Record<string, string> = {}) =>
  programName({ argv: ['/usr/bin/node', program], env });

describe('the name that hints are written with', () => {
  it.each<[program: string, env: Record<string, string>, name: string]>([
    ['/usr/local/bin/engram', {}, 'engram'],
    ['/work/engram/dist/src/cli/main.js', {}, 'engram'],
    ['/home/me/project/node_modules/.bin/engram', {}, 'npx engram'],
    ['C:\\project\\node_modules\\engram\\dist\\src\\cli\\main.js', {}, 'npx engram'],
    ['/home/me/.npm/_npx/1f/node_modules/.bin/engram', { npm_command: 'exec' }, 'npx engram'],
    [
      '/work/engram/dist/src/cli/main.js',
      { npm_execpath: '/x/npm-cli.js', npm_config_user_agent: 'npm/11.1 node/20' },
      'npx engram',
    ],
    [
      '/p/node_modules/.bin/engram',
      { npm_command: 'exec', npm_config_user_agent: 'pnpm/9.1 npm/? node/20' },
      'pnpm exec engram',
    ],
    [
      '/p/node_modules/.bin/engram',
      { npm_execpath: '/x/yarn.js', npm_config_user_agent: 'yarn/1.22 npm/? node/20' },
      'yarn engram',
    ],
  ])('of %s', (program, env, name) => {
    expect(started(program, env)).toBe(name);
  });

  it('stands in command lines, and not where a message begins', () => {
    const text = 'engram resume: runs/a: gone; see engram runs ls, engram --help or my-engram train';
    expect(asStarted(text, 'npx engram')).toBe(
      'engram resume: runs/a: gone; see npx engram runs ls, npx engram --help or my-engram train',
    );
  });
});
