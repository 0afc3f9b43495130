/** A file of settings, YAML 1.2 or JSON, as a layer; what is wrong with it is told with the line where it goes wrong. */
import { readFileSync, statSync } from 'node:fs';
import { type Document, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { isLayer, type Layer, spelled } from '../../app/layers.ts';
import { UsageError } from '../../core/errors.ts';

/** A thousand settings. The parser looks at every pair of keys: a megabyte of them would take minutes. */
const LARGEST_BYTES = 2 ** 16;

/**
 * Reads a file of settings; `task: copy` is short for `task: {name: copy}`.
 * @param called what the path was given as
 * @throws UsageError with the line where the file goes wrong
 */
export function readConfigFile(path: string, called = '--config'): Layer {
  const lines = new LineCounter();
  const document = parseDocument(readText(path, called), { prettyErrors: false, lineCounter: lines });
  const wrong = (what: string, offset?: number) => {
    const { line, col } = lines.linePos(offset ?? 0);
    const at = offset === undefined ? '' : ` at line ${line}, column ${col}`;
    return new UsageError(`${path}: expected YAML, got ${what}${at}; mend the file`);
  };
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem?.code === 'MULTIPLE_DOCS') throw wrong('a second document', problem.pos[0]);
  if (problem) throw wrong(problem.message, problem.pos[0]);
  refuseProto(document, wrong);
  const content: unknown = toPlain(document, wrong);
  if (content === null) return {};
  if (!isLayer(content))
    throw new UsageError(
      `${path}: expected settings by name, got ${Array.isArray(content) ? 'a list' : typeof content}; write name: value lines`,
    );
  const layer = copyOf(content, wrong) as Layer;
  for (const kind of ['task', 'cell', 'optimizer'])
    if (typeof layer[kind] === 'string') layer[kind] = { name: layer[kind] };
  return spelled(layer);
}

/** A key that JavaScript takes for something else would be lost without a word. */
function refuseProto(document: Document.Parsed, wrong: (what: string, offset?: number) => UsageError): void {
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '__proto__') throw wrong('the key __proto__', key.range?.[0]);
    },
  });
}

/** The values without their aliases, each a thing of its own. */
function copyOf(content: unknown, wrong: (what: string) => UsageError): unknown {
  try {
    return JSON.parse(JSON.stringify(content));
  } catch {
    throw wrong('a value that holds itself');
  }
}

/** The document's values; an alias without its anchor, or a heap of them, is found only when they are made. */
function toPlain(document: Document.Parsed, wrong: (what: string, offset?: number) => UsageError): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    let unresolved: number | undefined;
    visit(document, {
      Alias(_, alias) {
        if (alias.resolve(document)) return undefined;
        unresolved = alias.range?.[0];
        return visit.BREAK;
      },
    });
    throw wrong((error as Error).message.split('\n', 1)[0]!, unresolved);
  }
}

function readText(path: string, called: string): string {
  try {
    const stat = statSync(path);
    // What the shell hands over by `--config <(...)` is a pipe, and the only one that ends.
    if (!stat.isFile() && !stat.isDirectory() && !(stat.isFIFO() && path.startsWith('/dev/fd/')))
      throw new UsageError(`${path}: expected a file of settings, got a pipe or a device; give a file`);
    if (stat.size > LARGEST_BYTES)
      throw new UsageError(
        `${path}: expected a file of settings, got more than ${LARGEST_BYTES} bytes; give another`,
      );
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${called}: expected a file that can be read, got ${path} (${(error as NodeJS.ErrnoException).code}); check the path`,
    );
  }
}
