import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engramAgain as engram } from './one-process.ts';

let cwd: string;
beforeAll(() => {
  cwd = fs.mkdtempSync(join(tmpdir(), 'explain-'));
});
afterAll(() => fs.rmSync(cwd, { recursive: true }));

const small = ['irnn', '--cell.size', '4', '--task.width', '2'];
const frontend = ['trace', 'import', 'remove-batch-axis'];
const passes = ['simplify', 'push-slices', 'reassociate', 'unroll-axes', 'materialize-views'];

describe('engram explain', () => {
  it('lists every pass once a graph, in order, with what it left', async () => {
    const { code, stdout, stderr } = await engram(['explain', ...small, '--passes', '--json'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout);
    const of = (graph: string) => document.passes.filter((one: { graph: string }) => one.graph === graph);
    for (const [graph, expected] of [
      ['initial', [...frontend, ...passes]],
      ['step', [...frontend, ...passes]],
      ['readout', [...frontend, ...passes]],
      ['optimizer', ['trace', 'import', 'apply-update', ...passes]],
      ['norm', passes],
    ] as const) {
      expect(of(graph).map((one: { pass: string }) => one.pass)).toEqual(expected);
      for (const [i, one] of of(graph).entries())
        if (i > 0) expect(one.nodesBefore).toBe(of(graph)[i - 1].nodesAfter);
    }
    const table = await engram(['explain', ...small, '--passes', '--graph', 'step'], { cwd });
    const lines = table.stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^graph +pass +before +after +microseconds$/);
    expect(lines.slice(1).map((line) => line.split(/ +/)[1])).toEqual([...frontend, ...passes, 'all']);
    expect(new Set(lines.slice(0, -1).map((line) => line.length)).size).toBe(1);
  });

  it('prints the graph after a pass, the program and the module', async () => {
    const shown = async (...view: string[]) => (await engram(['explain', ...small, ...view], { cwd })).stdout;
    expect(await shown('--after', 'trace')).toMatch(/^BatchMatMul -> \[\d+,4\]$/m);
    // A size that no other axis has marks the batch; after the batch rule it is gone.
    expect(await shown('--after', 'import')).toMatch(/^%\d+ batch \[\d+,4\] = input state\.hidden$/m);
    const single = await shown('--after', 'remove-batch-axis');
    expect(single).toMatch(/^%\d+ batch \[4\] = input state\.hidden$/m);
    expect(single).toMatch(/^d\.params\.\S+ = %\d+$/m);
    expect(await shown('--after', 'simplify', '--graph', 'norm')).toMatch(/^sum = %2$/m);
    expect(await shown('--program')).toMatch(/^forward: for t = 0 \.\.\. T-1, B rows$/m);
    expect(await shown('--wat')).toMatch(/^\(module\n/);
  });

  it('tells what there is in short', async () => {
    const { code, stdout } = await engram(['explain', ...small], { cwd });
    expect(code).toBe(0);
    // Inputs of copy: two bits and a mark. 3 x 4 + 4 x 4 + 4 of the cell, 4 x 2 + 2 of the readout.
    expect(stdout).toMatch(/^irnn on copy: 42 parameters in \d tensors, a state of 4 numbers an example$/m);
    expect(stdout).toMatch(/^step +\d+ +\d+ +\d/m);
    expect(stdout).toMatch(/^backward +t = T-1 \.\.\. 0 +B +\d+ +\d+$/m);
    const document = JSON.parse((await engram(['explain', ...small, '--json'], { cwd })).stdout);
    expect(document).toMatchObject({ schema: 'engram.explain/1', cell: 'irnn', parameters: 42 });
  });

  it.each([
    [[], /^engram explain: expected <cell>, got nothing; see engram cells\n$/],
    [['ntn'], /^engram explain: expected a cell, got ntn; did you mean ntm\?\n$/],
    [['ntm', '--passes', '--wat'], /^engram explain: expected one of --passes, .* ask for one at a time\n$/],
    [
      [...small, '--after', 'simplif'],
      /^engram explain: --after: expected a pass, .*did you mean simplify\?\n$/,
    ],
    [[...small, '--passes', '--graph', 'stp'], /^engram explain: --graph: expected .*did you mean step\?\n$/],
    [[...small, '--graph', 'step'], /^engram explain: --graph: expected --passes or --after beside it/],
    [
      ['ntm', '--cell.slotz', '3'],
      /^engram explain: expected a known setting, got --cell\.slotz; did you mean cell\.slots\?\n$/,
    ],
  ] as const)('refuses %j in one line', async (argv, message) => {
    const { code, stdout, stderr } = await engram(['explain', ...argv], { cwd });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});
