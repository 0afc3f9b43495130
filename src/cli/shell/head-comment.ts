/** The comment at the head of a cell's or a task's file, which has its equations and their sources. */
import { readFileSync } from 'node:fs';
import { wrap } from '../../report/table.ts';
import { packageFile } from './version.ts';

const folders = { cell: 'src/cells', task: 'tasks' } as const;

/** A run of lines: prose, or equations, which keep their lines. */
export interface HeadBlock {
  readonly code: boolean;
  readonly lines: readonly string[];
}

/** What stands at the head of a file. */
export interface HeadComment {
  /** From the top of the package. */
  readonly path: string;
  readonly blocks: readonly HeadBlock[];
}

/** The head of the file of a cell or a task that ships. */
export function headComment(sort: keyof typeof folders, name: string): HeadComment {
  const path = fileOf(sort, name);
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(readText(path))?.[1] ?? '';
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const blocks: { code: boolean; lines: string[] }[] = [];
  for (const line of lines.filter((one) => one !== '')) {
    const code = line.startsWith('  ');
    const last = blocks.at(-1);
    if (last?.code === code) last.lines.push(line);
    else blocks.push({ code, lines: [line] });
  }
  return { path, blocks };
}

/** A head for a screen: prose broken into lines, equations as they are, or one below the other where they are too wide. */
export function headLines({ blocks, path }: HeadComment, width: number): string[] {
  const prose = (text: string) => wrap(text, width - 2).map((line) => `  ${line}`);
  const equations = (line: string) =>
    line.length + 2 <= width
      ? [`  ${line}`]
      : line
          .trim()
          .split(/ {3,}/)
          .map((one) => `    ${one}`);
  return [
    ...blocks.flatMap(({ code, lines }) =>
      code ? lines.flatMap(equations) : prose(lines.map((line) => line.trim()).join(' ')),
    ),
    `  in ${path}`,
  ];
}

/** The file that exports a kind by this name, told by the list of kinds. */
function fileOf(sort: keyof typeof folders, name: string): string {
  const list = readText(`${folders[sort]}/kinds.ts`);
  const exported = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  for (const [, names = '', path = ''] of list.matchAll(/export \{([^}]*)\} from '\.\/(.*)'/g))
    if (names.split(',').some((one) => one.trim() === exported)) return `${folders[sort]}/${path}`;
  throw new Error(`expected ${exported} in ${folders[sort]}/kinds.ts, got no such export`);
}

const readText = (path: string) => readFileSync(packageFile(path), 'utf8');
