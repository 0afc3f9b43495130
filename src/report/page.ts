/** One self-contained HTML page with all pictures. */
import { comparisonFigures } from './comparison.ts';
import { figures } from './figures.ts';
import { htmlDocument } from './html.ts';
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
  return htmlDocument(title, body.filter((part) => part !== '').join('\n'));
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
