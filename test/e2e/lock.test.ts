import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { engram, small, workFolder } from './engram.ts';

const folder = workFolder('lock');
afterAll(folder.remove);
const cwd = folder.path;
const at = (...path: string[]) => join(cwd, ...path);

/** Loaded into a process before all else: it stops before its lock is put in place, until there is a file `go`. */
const stall = `
  const fs = require('node:fs');
  const rename = fs.renameSync;
  fs.renameSync = (from, to) => {
    if (to.endsWith('/lock')) {
      fs.writeFileSync('stalled', '');
      const tick = new Int32Array(new SharedArrayBuffer(4));
      while (!fs.existsSync('go')) Atomics.wait(tick, 0, 0, 20);
    }
    return rename(from, to);
  };
  require('node:module').syncBuiltinESMExports();
`;

async function until(file: string): Promise<void> {
  while (!fs.existsSync(at(file))) await new Promise((done) => setTimeout(done, 20));
}

describe('a lock that is taken over', () => {
  it('has one owner, however long one of two stops before it takes it', async () => {
    fs.writeFileSync(at('stall.cjs'), stall);
    const flags = [...small, '--steps=100000', '--out=run'];
    await engram(['train', 'copy', ...flags], {
      cwd,
      said: (text, child) => /^step 10,/m.test(text) && child.kill('SIGKILL'),
    });
    expect(fs.existsSync(at('run', 'lock'))).toBe(true);
    const env = { NODE_OPTIONS: `--require ${at('stall.cjs')}` };
    const first = engram(['resume', 'run', '--steps=40'], { cwd, env });
    await until('stalled');
    let stopping = false;
    const second = await engram(['resume', 'run'], {
      cwd,
      said: (text, child) => {
        if (stopping || !/^step \d+/m.test(text)) return;
        stopping = true;
        fs.writeFileSync(at('go'), '');
        first.then(() => child.kill('SIGINT'));
      },
    });
    const { code, stderr } = await first;
    expect([code, stderr]).toEqual([2, expect.stringMatching(/in use by process \d+; wait for it or stop/)]);
    expect(second.code).toBe(130);
    expect(fs.readdirSync(at('run')).filter((name) => name.startsWith('lock'))).toEqual([]);
  });
});
