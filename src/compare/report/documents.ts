/** A comparison as text for other programs: Markdown, CSV (RFC 4180) and LaTeX (booktabs). */
import { markdownTable } from '../../report/table.ts';
import { rankedOverall } from './overall-figures.ts';
import { headlines, type Reported, taskTitle } from './reported.ts';
import { contestRows, summaryRows } from './tables.ts';
import { ranked } from './task-figures.ts';
import { METHODS, percentOf } from './words.ts';

/** The report in Markdown. */
export function reportMarkdown(report: Reported): string {
  const { analysis, caveats } = report;
  const bullets = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join('\n');
  const tasks = analysis.tasks.flatMap(({ task }) => {
    const own = ranked(analysis.pairs.filter((pair) => pair.task === task));
    const contests = contestRows(
      own[0]?.cell ?? '',
      analysis.contests.filter((one) => one.task === task),
    );
    return [
      `## ${task}`,
      taskTitle(task, analysis),
      markdownTable(summaryRows(own)),
      ...(contests.length > 1 ? [markdownTable(contests)] : []),
    ];
  });
  const overall = rankedOverall(analysis.overall).map(({ cell, budgetLeft: { mean, low, high } }) => [
    cell,
    percentOf(mean),
    `${percentOf(low).replace(' %', '')}\u2013${percentOf(high)}`,
  ]);
  const parts = [
    `# ${report.title}`,
    `${report.subtitle}. Pictures are in [report.html](report.html).`,
    bullets(headlines(report)),
    ...(caveats.length === 0 ? [] : ['## What this cannot say', bullets(caveats)]),
    ...tasks,
    ...(overall.length === 0 || analysis.tasks.length < 2
      ? []
      : [
          '## All tasks',
          markdownTable([['cell', 'share of the budget left when solved', '95 %'], ...overall]),
        ]),
    '## What the numbers are',
    bullets(METHODS),
    `\`${report.command}\`, Engram ${report.version}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Rows as CSV, lines ended as RFC 4180 has it; null is empty. */
export function csv(rows: readonly (readonly (string | number | null)[])[]): string {
  const field = (value: string | number | null) => {
    const words = value === null ? '' : String(value);
    return /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
  };
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** A table a task for LaTeX's package booktabs. */
export function latex({ analysis, caveats }: Reported): string {
  const tables = analysis.tasks.map(({ task }) => {
    const rows = summaryRows(ranked(analysis.pairs.filter((pair) => pair.task === task)));
    const line = (row: readonly string[]) => `    ${row.map(escapeLatex).join(' & ')} \\\\`;
    const columns = `l${'r'.repeat(rows[0]!.length - 2)}l`;
    return [
      '\\begin{table}',
      '  \\centering',
      `  \\caption{${escapeLatex(`${task}. ${taskTitle(task, analysis)} ${caveats.join(' ')}`.trim())}}`,
      `  \\begin{tabular}{${columns}}`,
      '    \\toprule',
      line(rows[0]!),
      '    \\midrule',
      ...rows.slice(1).map(line),
      '    \\bottomrule',
      '  \\end{tabular}',
      '\\end{table}',
    ].join('\n');
  });
  return `% \\usepackage{booktabs}\n${tables.join('\n\n')}\n`;
}

/** Text that LaTeX sets as it is. */
export function escapeLatex(words: string): string {
  const special: Readonly<Record<string, string>> = {
    '\\': '\\textbackslash{}',
    '~': '\\textasciitilde{}',
    '^': '\\textasciicircum{}',
    '\u2013': '--',
    '\u2212': '$-$',
    '\u2026': '\\ldots{}',
  };
  return words.replace(/[\\~^\u2013\u2212\u2026]|[&%$#_{}]/g, (sign) => special[sign] ?? `\\${sign}`);
}
