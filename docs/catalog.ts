/**
 * `npm run docs`: docs/cells.md and docs/tasks.md, made of what the library says of itself, and docs/learning.md: the comment at the head of
 * each file, which has the equations and their sources, and the registry's settings, sizes and reference lines.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemblePreset, listCell } from '../src/app/presets.ts';
import { namedLines } from '../src/app/reference-lines.ts';
import { type SettingLine, settingLines } from '../src/app/settings-list.ts';
import type { Task } from '../src/core/contracts.ts';
import { lossKinds, solvedBelow } from '../src/core/loss-kinds.ts';
import { cells, registry } from '../src/registry.ts';
import { markdownTable } from '../src/report/table.ts';
import { modelSize } from '../src/train/footprint.ts';
import { presets, usualPreset } from '../src/train/recipes.ts';
import { learningPage, measuredOf } from './learning.ts';

const root = join(import.meta.dirname, '..');
const files = { cells: 'src/cells', tasks: 'tasks' } as const;

/** The page of every cell: name, what it is, its settings at each preset, and its sizes on copy. */
export async function cellPage(): Promise<string> {
  const sections: string[] = [];
  // A module lists its names in the order of the file or of the alphabet, by whoever loads it.
  for (const name of Object.keys(cells).sort()) {
    const { summary, source, settings, parameters } = await listCell(name, 'copy');
    const state = presets.map((preset) => modelSize(assemblePreset('copy', name, preset).model).state);
    sections.push(
      [
        heading(name, summary, source),
        headOf('cells', name),
        `Learned numbers on copy: ${presets.map((preset) => `${figure(parameters[preset])} (${preset})`).join(', ')}. State of one sequence: ${presets.map((preset, i) => `${figure(state[i]!)} (${preset})`).join(', ')}.`,
        markdownTable([
          ['setting', ...presets, 'takes', ''],
          ...settings.map((line) => [
            `\`${line.name}\``,
            ...presets.map((preset) => shown(line.presets[preset])),
            line.takes,
            line.describe,
          ]),
        ]),
        ...measuredOf(name),
      ].join('\n\n'),
    );
  }
  return page('Cells', `What \`train\` takes where no preset is named is \`${usualPreset}\`.`, sections);
}

/** The page of every task: what is shown and asked, its reference lines, its settings and its grid. */
export function taskPage(): string {
  const sections = Object.values(registry.tasks).map((task) => {
    const usual: unknown = task.settings.parse({});
    return [
      heading(task.name, task.summary, task.source),
      headOf('tasks', task.name),
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

/** The file that exports a kind by this name, told by the list of kinds. */
function fileOf(sort: keyof typeof files, name: string): string {
  const list = readFileSync(join(root, files[sort], 'kinds.ts'), 'utf8');
  const exported = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  for (const [, names = '', path = ''] of list.matchAll(/export \{([^}]*)\} from '\.\/(.*)'/g))
    if (names.split(',').some((one) => one.trim() === exported)) return join(files[sort], path);
  throw new Error(`docs: expected ${exported} in ${files[sort]}/kinds.ts, got no such export`);
}

/** The comment at the head of a kind's file: prose as it is, indented lines as code. */
function headOf(sort: keyof typeof files, name: string): string {
  const path = fileOf(sort, name);
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(join(root, path), 'utf8'))?.[1] ?? '';
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const blocks: { code: boolean; lines: string[] }[] = [];
  for (const line of lines.filter((one) => one !== '')) {
    const code = line.startsWith('  ');
    const last = blocks.at(-1);
    if (last?.code === code) last.lines.push(line);
    else blocks.push({ code, lines: [line] });
  }
  const text = blocks.map((block) =>
    block.code
      ? ['```', ...block.lines, '```'].join('\n')
      : block.lines.map(escaped).join(' ').replace(/ +/g, ' ').trim(),
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
