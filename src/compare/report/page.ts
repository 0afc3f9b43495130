/** The report of a comparison as one page: what it says first, then every task, then all of them, then how. */
import { htmlDocument } from '../../report/html.ts';
import { element, escapeText } from '../../report/svg.ts';
import type { Analysis } from '../analysis.ts';
import { overallFigures } from './overall-figures.ts';
import { headlines, type Reported, taskTitle } from './reported.ts';
import { summaryRows } from './tables.ts';
import { type FigureGroup, idOf, ranked, taskFigures } from './task-figures.ts';
import { METHODS } from './words.ts';

/** The page. */
export function reportPage(report: Reported): string {
  const { analysis } = report;
  const overall = analysis.tasks.length > 1 ? overallFigures(analysis.overall) : [];
  const sections = [
    ...analysis.tasks.map((telling) => ({
      id: `task-${idOf(telling.task)}`,
      title: telling.task,
      body:
        element('p', { class: 'subtitle' }, escapeText(taskTitle(telling.task, analysis))) +
        blocksOf(taskFigures(telling, analysis)) +
        details('All numbers', tableOf(telling.task, analysis)),
    })),
    ...(overall.length === 0 ? [] : [{ id: 'all-tasks', title: 'All tasks', body: blocksOf(overall) }]),
    { id: 'method', title: 'What the numbers are', body: list(METHODS) + filesOf() },
  ];
  const links = sections.map(({ id, title }) =>
    element('li', {}, element('a', { href: `#${id}` }, escapeText(title))),
  );
  const body = [
    element('h1', {}, escapeText(report.title)),
    element('p', { class: 'subtitle' }, escapeText(report.subtitle)),
    list(headlines(report), 'findings'),
    notes(report),
    element('nav', { 'aria-label': 'Sections' }, element('ul', {}, links.join(''))),
    ...sections.map(({ id, title, body: inner }) =>
      element('section', { id }, element('h2', {}, escapeText(title)) + inner),
    ),
    element(
      'p',
      { class: 'subtitle' },
      `${element('code', {}, escapeText(report.command))}, Engram ${escapeText(report.version)}`,
    ),
  ];
  return htmlDocument(report.title, body.filter((part) => part !== '').join('\n'), LAYOUT);
}

function notes({ caveats }: Reported): string {
  return caveats.length === 0
    ? ''
    : element(
        'div',
        { class: 'caveats', role: 'note' },
        element('h2', {}, 'What this cannot say') + list(caveats),
      );
}

function list(lines: readonly string[], named?: string): string {
  return lines.length === 0
    ? ''
    : element('ul', { class: named }, lines.map((line) => element('li', {}, escapeText(line))).join(''));
}

function blocksOf(groups: readonly FigureGroup[]): string {
  const figures = groups
    .map(({ name, title, caption, svgs, size }) =>
      element(
        'figure',
        { id: name, class: size === 'wide' ? 'beside' : undefined },
        element('h3', {}, escapeText(title)) +
          element('figcaption', {}, escapeText(caption)) +
          element('div', { class: `${size}-pictures` }, svgs.join('\n')),
      ),
    )
    .join('\n');
  return element('div', { class: 'figures' }, figures);
}

function details(title: string, body: string): string {
  return element('details', {}, element('summary', {}, escapeText(title)) + body);
}

function tableOf(task: string, analysis: Analysis): string {
  const [head, ...rows] = summaryRows(ranked(analysis.pairs.filter((pair) => pair.task === task)));
  const heads = head!.map((words) => element('th', { scope: 'col' }, escapeText(words)));
  const body = rows.map(([cell, ...values]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, escapeText(cell!)) +
        values.map((value) => element('td', {}, escapeText(value) || '\u2013')).join(''),
    ),
  );
  const table = element(
    'table',
    {},
    element('thead', {}, element('tr', {}, heads.join(''))) + element('tbody', {}, body.join('')),
  );
  return element(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': `All numbers of ${task}` },
    table,
  );
}

function filesOf(): string {
  const files = ['trials.csv', 'summary.csv', 'summary.tex', 'report.md', 'comparison.json'];
  const links = files.map((file) => element('a', { href: file }, file)).join(', ');
  return element('p', {}, `The same as data, beside this page: ${links}.`);
}

const LAYOUT = `
main{max-width:1100px}
h2{font-size:1.3rem;margin:.5rem 0 0;overflow-wrap:anywhere}
h3{font-size:1rem;margin:1.5rem 0 .1rem}
ul{padding-left:1.2rem}
li{margin:.3rem 0}
figcaption{max-width:46rem;margin-bottom:.5rem}
.findings{font-size:1.05rem}
.caveats{border-left:4px solid ${'#c04f00'};padding:.1rem 0 .1rem 1rem;margin:1rem 0}
.caveats h2{font-size:1rem}
.small-pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:.6rem .5rem}
.two-pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:1rem}
.wide-pictures svg,.two-pictures svg{max-width:520px}
.figures svg{display:block;width:100%;height:auto}
.figures{display:grid;grid-template-columns:minmax(0,1fr);column-gap:2.5rem}
details{margin:1rem 0}
summary{cursor:pointer}
code{font-size:.85rem;overflow-wrap:anywhere}
@media (min-width:900px){.figures{grid-template-columns:repeat(2,minmax(0,1fr))}figure{grid-column:1/-1}.beside{grid-column:auto}.small-pictures{grid-template-columns:repeat(5,1fr)}}
@media print{section{break-inside:auto;break-before:page}h3,figcaption{break-after:avoid}svg,figure h3{break-inside:avoid}nav,summary{display:none}.small-pictures{grid-template-columns:repeat(5,1fr)}}`;
