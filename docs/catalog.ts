/**
 * `npm run docs`: docs/cells.md and docs/tasks.md, made of what the library says of itself, and docs/learning.md: the comment at the head of
 * each file, which has the equations and their sources, and the registry's settings, sizes and reference lines.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ByPreset, listCell } from '../src/app/presets.ts';
import { namedLines } from '../src/app/reference-lines.ts';
import { type SettingLine, settingLines } from '../src/app/settings-list.ts';
import { headComment } from '../src/cli/shell/head-comment.ts';
import { costText, keptCosts, learnedText } from '../src/cli/shell/kept-results.ts';
import type { Task } from '../src/core/contracts.ts';
import { lossKinds, solvedBelow } from '../src/core/loss-kinds.ts';
import { cells, registry } from '../src/registry.ts';
import { markdownTable } from '../src/report/table.ts';
import { presets, usualPreset } from '../src/train/recipes.ts';
import { learningPage } from './learning.ts';
import { views } from './views.ts';

const root = join(import.meta.dirname, '..');

/** The page of every cell: name, what it is, its settings at each preset, and its sizes on copy. */
export async function cellPage(): Promise<string> {
  const sections: string[] = [];
  // A module lists its names in the order of the file or of the alphabet, by whoever loads it.
  for (const name of Object.keys(cells).sort()) {
    const { summary, source, settings, parameters, state, strengths, limits } = await listCell(name, 'copy');
    const sizes = (of: ByPreset<number>) =>
      presets.map((preset) => `${figure(of[preset])} (${preset})`).join(', ');
    sections.push(
      [
        heading(name, summary, source),
        headOf('cell', name),
        `Good at: ${strengths}`,
        `Fails at: ${limits}`,
        `![${views[name]?.caption}](pictures/${name}.svg)`,
        `Learned numbers on copy: ${sizes(parameters)}. State of one sequence: ${sizes(state)}.`,
        ...costText(name).map((text) => `Cost: ${text}.`),
        ...learnedText(name).map((text) => `Measured ([learning.md](learning.md)): ${text}.`),
        markdownTable([
          ['setting', ...presets, 'takes', ''],
          ...settings.map((line) => [
            `\`${line.name}\``,
            ...presets.map((preset) => shown(line.presets[preset])),
            line.takes,
            line.describe,
          ]),
        ]),
      ].join('\n\n'),
    );
  }
  return page('Cells', noteOnCells(), sections);
}

/** What figures and pictures are of. */
function noteOnCells(): string {
  const { command, date, machine, version } = keptCosts();
  return [
    `What \`train\` takes where no preset is named is \`${usualPreset}\`. "As measured" is by [learning.md](learning.md), at the tiny size.`,
    `Costs are those of the compiled engine at the standard size on copy of 20 vectors, by \`${command}\` (Engram ${version}, ${machine}, ${date}).`,
    'Pictures are made by `jiti docs/pictures.ts`: a tiny cell at work on a task that it has learned. The trace of an input is what differs at each later step if that input is wiped out, as a share of the largest such difference; in the answer, of the largest at each step.',
  ].join('\n\n');
}

/** The page of every task: what is shown and asked, its reference lines, its settings and its grid. */
export function taskPage(): string {
  const sections = Object.values(registry.tasks).map((task) => {
    const usual: unknown = task.settings.parse({});
    return [
      heading(task.name, task.summary, task.source),
      headOf('task', task.name),
      linesOf(task, usual),
      `Grid: ${Object.keys(task.harder(usual)).join('; ')}.`,
      markdownTable([
        ['setting', 'default', 'takes', ''],
        ...settingLines(task.settings).map((line: SettingLine) => [
          `\`${line.name}\``,
          shown(line.default),
          line.takes,
          line.describe,
        ]),
      ]),
    ].join('\n\n');
  });
  return page('Tasks', 'Figures are at the defaults.', sections);
}

function linesOf(task: Task, settings: unknown): string {
  const { inputSize, outputSize, maxLength } = task.sizes(settings);
  const { measure } = lossKinds[task.loss];
  const lines = namedLines(task.lines(settings)).map(({ name, value }) => `${name} ${figure(value)}`);
  return `${inputSize} channels in, ${outputSize} out, at most ${maxLength} steps. ${sentence(lines.join(', '))} ${measure.name}; solved below ${figure(solvedBelow(task, settings))} bits per sequence.`;
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

function page(title: string, note: string, sections: readonly string[]): string {
  return `# ${title}\n\nMade by \`npm run docs\` of the files and the registry. ${note}\n\n${sections.join('\n\n')}\n`;
}

function heading(name: string, summary: string, source: string): string {
  return `## ${name}\n\n${sentence(summary)}. ${source}.`;
}

/** The comment at the head of a kind's file: prose as it is, indented lines as code. */
function headOf(sort: 'cell' | 'task', name: string): string {
  const { path, blocks } = headComment(sort, name);
  const text = blocks.map(({ code, lines }) =>
    code ? ['```', ...lines, '```'].join('\n') : lines.map(escaped).join(' ').replace(/ +/g, ' ').trim(),
  );
  return [...text, `In \`${path}\`.`].join('\n\n');
}

/** Signs that Markdown would take for its own; what stands in backticks is left alone. */
function escaped(line: string): string {
  return line
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/[*_<>|[\]]/g, (sign) => `\\${sign}`)))
    .join('');
}

function shown(value: unknown): string {
  return typeof value === 'number' ? figure(value) : String(value);
}

function figure(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(root, 'docs/cells.md'), await cellPage());
  writeFileSync(join(root, 'docs/tasks.md'), taskPage());
  writeFileSync(join(root, 'docs/learning.md'), learningPage());
}
