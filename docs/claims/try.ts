/**
 * `jiti docs/claims/try.ts <claim> [machine]` trains and evaluates what a claim is made of, with the built command, and
 * keeps each run as it ends: the same command does what is missing, and what was changed since.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scores } from '../../src/core/contracts.ts';
import { find } from '../../src/core/lookup.ts';
import { lossKinds, type NamedScore } from '../../src/core/loss-kinds.ts';
import { registry } from '../../src/registry.ts';
import { type Asked, runsOf } from './asked.ts';
import { type Claim, claims } from './claims.ts';
import { type ClaimResult, type ClaimRun, readClaimResult, resultPath } from './result.ts';

const root = join(import.meta.dirname, '../..');

const isSame = (asked: Asked) => (run: Asked) => run.command === asked.command && run.seed === asked.seed;

/** What a command prints as JSON; a task that was not solved is an outcome too. */
function engram(argv: readonly string[]): Record<string, unknown> {
  const main = join(root, 'dist/src/cli/main.js');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [main, ...argv, '--threads', '1', '--json'],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0 && status !== 4) throw new Error(`engram ${argv.join(' ')}: ${stderr.trim()}`);
  return JSON.parse(stdout);
}

function tryOnce(asked: Asked, { tests }: Claim, measureOf: NamedScore['of']): ClaimRun {
  const folder = mkdtempSync(join(tmpdir(), 'engram-claim-'));
  try {
    const run = join(folder, 'run');
    const [, ...argv] = asked.command.split(' ');
    const trained = engram([...argv, '--seed', String(asked.seed), '--out', run]);
    const values = Object.entries(tests).map(([name, flags]) => {
      const { results } = engram(['eval', run, ...flags.split(' ').filter(Boolean)]) as { results: Scores[] };
      return [name, measureOf(results[0]!)!] as const;
    });
    return {
      ...asked,
      sequences: trained.sequences as number,
      solved: trained.solved !== null,
      seconds: Math.round(trained.wallSeconds as number),
      values: Object.fromEntries(values),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function tryClaim(name: string, machine: string): void {
  const claim = find(claims, 'claim', name);
  const { measure } = lossKinds[find(registry.tasks, 'task', claim.train.split(' ')[0]!).loss];
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const before = readClaimResult(name)?.runs ?? [];
  const runs: ClaimRun[] = [];
  const asked = runsOf(claim);
  for (const one of asked) {
    const known = before.find(isSame(one));
    runs.push(known ? { ...known, ...one } : tryOnce(one, claim, measure.of));
    const rest = before.filter((run) => asked.slice(runs.length).some(isSame(run)));
    const result: ClaimResult = {
      schema: 'engram.claim/1',
      version,
      machine,
      measure: measure.name,
      runs: [...runs, ...rest],
    };
    writeFileSync(resultPath(name), `${JSON.stringify(result, null, 2)}\n`);
    const { row, training, seed, seconds, values } = runs.at(-1)!;
    console.log([row, training, seed, JSON.stringify(values), known ? 'known' : `${seconds}s`].join('  '));
  }
}

const [name, ...machine] = process.argv.slice(2);
if (name === undefined)
  throw new Error(`expected a claim, got none; take one of ${Object.keys(claims).join(', ')}`);
tryClaim(name, machine.join(' ') || `${process.platform} ${process.arch}, Node ${process.versions.node}`);
