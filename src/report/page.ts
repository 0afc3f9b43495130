/**
 * One self-contained HTML page with all pictures: no script, no request, readable by keyboard and by ear. Colors
 * follow the reader's light or dark setting; the pictures' own classes are restyled for the dark.
 */
import { comparisonFigures } from './comparison.ts';
import { figures } from './figures.ts';
import { colors } from './palette.ts';
import type { ComparisonRecord, ReportRecord } from './records.ts';
import { element, escapeText, type Figure } from './svg.ts';

/**
 * The page of a report.
 * @param drawn the report's pictures, where they are already there
 * @throws UsageError when an array of the record is not as long as its shape says, or T differs
 */
export function page(record: ReportRecord, drawn: readonly Figure[] = figures(record)): string {
  return document(record, facts(record.facts ?? {}), drawn);
}

/** The page of a comparison: what differs between the runs, and their learning curves. */
export function comparisonPage(
  record: ComparisonRecord,
  drawn: readonly Figure[] = comparisonFigures(record),
): string {
  return document(record, differences(record), drawn);
}

function document(
  { title, subtitle }: Pick<ReportRecord, 'title' | 'subtitle'>,
  about: string,
  drawn: readonly Figure[],
): string {
  const links = drawn.map((picture) =>
    element('li', {}, element('a', { href: `#${picture.name}` }, escapeText(linkOf(picture)))),
  );
  const body = [
    element('h1', {}, escapeText(title)),
    element('p', { class: 'subtitle' }, escapeText(subtitle)),
    about,
    links.length > 1 ? element('nav', { 'aria-label': 'Pictures' }, element('ul', {}, links.join(''))) : '',
    drawn.length === 0 ? element('p', {}, 'There is nothing to draw yet.') : '',
    ...drawn.map(section),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeText(title) || 'Report'}</title>
<style>${style(drawn)}</style>
</head>
<body>
<main>
${body.filter((part) => part !== '').join('\n')}
</main>
</body>
</html>
`;
}

/** A table with a column for each run; it scrolls by itself where the screen is narrow. */
function differences({ runs, table }: ComparisonRecord): string {
  const head = ['', ...runs.map(({ key }) => key)].map((key) =>
    key === '' ? element('td', {}) : element('th', { scope: 'col' }, escapeText(key)),
  );
  const rows = [{ name: 'run', values: runs.map(({ name }) => name) }, ...table].map(({ name, values }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, escapeText(name)) +
        values.map((value) => element('td', {}, escapeText(value))).join(''),
    ),
  );
  const drawn = element(
    'table',
    {},
    element('thead', {}, element('tr', {}, head.join(''))) + element('tbody', {}, rows.join('')),
  );
  return element(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': 'What differs between the runs' },
    drawn,
  );
}

/** The overview's heading is the report's own: its link says what it is. */
function linkOf({ name, title }: Figure): string {
  return name === 'overview' ? 'Overview' : title;
}

function facts(table: Readonly<Record<string, string>>): string {
  const rows = Object.entries(table).map(
    ([name, value]) => element('dt', {}, escapeText(name)) + element('dd', {}, escapeText(value)),
  );
  return rows.length === 0 ? '' : element('dl', {}, rows.join(''));
}

/** Wide pictures scroll in a region of their own, which takes the focus so that the arrow keys move it. */
function section({ name, title, description, svg }: Figure): string {
  const scroll = element(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': title },
    svg.trimEnd(),
  );
  const caption = element('figcaption', {}, escapeText(description));
  return element('section', { id: name }, element('figure', {}, scroll + caption));
}

const LAYOUT = `
:root{--paper:${colors.paper!.light};--ink:${colors.ink!.light};--soft:${colors.soft!.light};--rule:${colors.rule!.light};--link:#0b5fa5}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 'DejaVu Sans',system-ui,sans-serif}
main{max-width:1240px;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .25rem;overflow-wrap:anywhere}
.subtitle{margin:0;color:var(--soft);overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:minmax(4rem,max-content) 1fr;gap:.15rem 1rem;font-size:.9rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
a{color:var(--link)}
section{border-top:1px solid var(--rule);padding:1rem 0}
figure{margin:0}
.scroll{overflow-x:auto}
.scroll svg{display:block;max-width:max(100%,640px);height:auto}
table{border-collapse:collapse;font-size:.9rem;margin:.5rem 0}
th,td{text-align:left;padding:.15rem 1.25rem .15rem 0;border-bottom:1px solid var(--rule);font-variant-numeric:tabular-nums;white-space:nowrap}
th[scope=row]{color:var(--soft);font-weight:normal}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
figcaption{color:var(--soft);font-size:.9rem}
@media (max-width:600px){main{padding:.75rem}}
@media print{section{break-inside:avoid}}`;

/** The page's own layout, and the dark shades of the colors that the pictures use. */
function style(drawn: readonly Figure[]): string {
  const used = new Set(
    drawn.flatMap(({ svg }) => [...svg.matchAll(/ class="([a-z0-9]+)/g)].map((m) => m[1]!)),
  );
  const dark = Object.entries(colors)
    .filter(([name]) => used.has(name))
    .map(([name, shades]) => `.${name}{fill:${shades.dark}}.${name}-line{stroke:${shades.dark}}`);
  const roots = `:root{--paper:${colors.paper!.dark};--ink:${colors.ink!.dark};--soft:${colors.soft!.dark};--rule:${colors.rule!.dark};--link:#7cc0ff}.rim{stroke:${colors.paper!.dark}}`;
  return `${LAYOUT}\n@media (prefers-color-scheme:dark){${roots}${dark.join('')}}\n`;
}
