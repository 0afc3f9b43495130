/**
 * docs/learning.md: which cell solves which task, made of docs/results, where each file is what is kept of a comparison:
 * `jiti docs/learning.ts <folder of engram compare> <name>` keeps one, and `npm run docs` makes the page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparisonMarkdown } from '../src/cli/shell/comparison-table.ts';
import {
  type KeptComparison,
  type KeptTrial,
  keptComparisons,
  pairText,
} from '../src/cli/shell/kept-results.ts';
import type { TrialOutcome } from '../src/compare/outcome.ts';
import type { PairSummary } from '../src/compare/summary.ts';
import { markdownTable } from '../src/report/table.ts';
import { claimSections } from './claims/section.ts';

const results = join(import.meta.dirname, 'results');

/** The page. */
export function learningPage(): string {
  const sections = Object.entries(keptComparisons()).map(([name, result]) =>
    [
      `## ${name}`,
      `\`${result.command}\``,
      `Engram ${result.version}, ${result.machine}; seeds 1001 to ${1000 + result.seeds}, none of which chose anything. Each number of the table is how many of the seeds solved the task and after how many sequences, in the median, or else the best value that the median seed came to. Every trial, those of the search too, is in [results/${name}.json](results/${name}.json).`,
      matrix(result.pairs),
      comparisonMarkdown(result.pairs, result.seeds, '###'),
    ].join('\n\n'),
  );
  const all = [...sections, ...claimSections()].join('\n\n');
  return `# Which cell solves which task\n\nMade by \`npm run docs\` of [results](results).\n\n${all}\n`;
}

function matrix(pairs: readonly PairSummary[]): string {
  const tasks = [...new Set(pairs.map(({ task }) => task))];
  const cells = [...new Set(pairs.map(({ cell }) => cell))].sort();
  const at = (task: string, cell: string) => pairs.find((pair) => pair.task === task && pair.cell === cell);
  const rows = cells.map((cell) => [cell, ...tasks.map((task) => cellText(at(task, cell)))]);
  return markdownTable([['cell', ...tasks], ...rows]);
}

function cellText(pair: PairSummary | undefined): string {
  return pair ? pairText(pair) : '';
}

function keep(folder: string, name: string, machine: string): void {
  const { version, command, pairs, trials } = JSON.parse(
    readFileSync(join(folder, 'comparison.json'), 'utf8'),
  );
  const kept = (of: readonly { id: string; outcome: TrialOutcome }[]): KeptTrial[] =>
    of.map(({ id, outcome: { ending, reason, sequences, solvedAtSequences, evaluations } }) => {
      const values = evaluations.flatMap(({ value }) => value ?? []);
      return {
        id,
        ending,
        reason,
        sequences,
        solvedAtSequences,
        best: values.length > 0 ? Math.min(...values) : null,
      };
    });
  const result: KeptComparison = {
    schema: 'engram.result/1',
    version,
    command: command.replace(/ --(out|workers)[= ]\S+/g, ''),
    machine,
    seeds: Math.max(...pairs.map((pair: PairSummary) => pair.trials + pair.failed)),
    // Curves are in the report; the tables need none.
    pairs: pairs.map(({ learning: _, unsolved: __, ...pair }: PairSummary) => pair),
    trials: { search: kept(trials.search), final: kept(trials.final) },
  };
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const [folder, name, ...machine] = process.argv.slice(2);
  if (folder === undefined || name === undefined)
    throw new Error(
      'expected the folder of a comparison and a name to keep it by: jiti docs/learning.ts comparison tiny',
    );
  keep(
    folder,
    name,
    machine.join(' ') || `${process.platform} ${process.arch}, Node ${process.versions.node}`,
  );
}
