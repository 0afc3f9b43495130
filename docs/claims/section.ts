/** The part of docs/learning.md that is made of docs/results/claims. */
import { quantile } from '../../src/compare/statistics/quantile.ts';
import { markdownTable } from '../../src/report/table.ts';
import { type Claim, claims } from './claims.ts';
import { type ClaimResult, readClaimResult } from './result.ts';

/** A section for each claim that was tried. */
export function claimSections(): string[] {
  return Object.entries(claims).flatMap(([name, claim]) => {
    const result = readClaimResult(name);
    return result ? [sectionOf(name, claim, result)] : [];
  });
}

function sectionOf(name: string, claim: Claim, result: ClaimResult): string {
  const { title, says, found, train, rows, trainings, seeds } = claim;
  const changes = Object.entries({ ...rows, ...trainings }).filter(([, flags]) => flags !== '');
  return [
    `## ${title}`,
    `${says} ${found}`,
    `\`engram train ${train}\`, and for each row and column:`,
    changes.map(([called, flags]) => `- ${called}: \`${flags}\``).join('\n'),
    tableOf(claim, result),
    `The ${result.measure}: the median of ${seeds} seeds from 1001 on, and the least and the most. Engram ${result.version}, ${result.machine}. \`npx jiti docs/claims/try.ts ${name}\` makes it anew; every run is in [results/claims/${name}.json](results/claims/${name}.json).`,
  ].join('\n\n');
}

function tableOf({ rows, trainings, tests }: Claim, { runs }: ClaimResult): string {
  const columns = Object.keys(trainings).flatMap((training) =>
    Object.keys(tests).map((test) => ({
      training,
      test,
      title: [training, test].filter(Boolean).join(', '),
    })),
  );
  const valuesAt = (row: string, training: string, test: string) =>
    runs
      .filter((run) => run.row === row && run.training === training)
      .flatMap((run) => run.values[test] ?? []);
  return markdownTable([
    ['', ...columns.map(({ title }) => title)],
    ...Object.keys(rows).map((row) => [
      row,
      ...columns.map(({ training, test }) => spread(valuesAt(row, training, test))),
    ]),
  ]);
}

/** The median, the least and the most. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '';
  const at = (share: number) => String(Number(quantile(values, share).toPrecision(2)));
  return `${at(0.5)} (${at(0)} to ${at(1)})`;
}
