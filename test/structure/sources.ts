/** The source files, parsed: what the tests of structure look at. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');

/** A source file by its path from the top. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  /** What it imports when it is loaded: paths from the top, or package names. */
  readonly imports: readonly string[];
  /** What it imports when it gets there. */
  readonly lateImports: readonly string[];
}

/** Every file of the library. */
export const sources: readonly Source[] = files().map((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const { now, late } = importsOf(tree, path);
  return { path, text, tree, imports: now, lateImports: late };
});

function files(): string[] {
  return ts.sys
    .readDirectory(root, ['.ts'], ['node_modules', 'dist', 'test'], ['src', 'tasks'])
    .map((path) => relative(root, path));
}

function importsOf(tree: ts.SourceFile, path: string): { now: string[]; late: string[] } {
  const now: string[] = [];
  const late: string[] = [];
  const place = (name: string) => (name.startsWith('.') ? join(dirname(path), name) : name);
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      const name = place((node.moduleSpecifier as ts.StringLiteral).text);
      if (!isTypeOnly(node)) now.push(name);
    }
    const isLate = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    if (isLate && ts.isStringLiteral(node.arguments[0]!)) late.push(place(node.arguments[0].text));
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { now, late };
}

/** With `verbatimModuleSyntax` an import of types alone leaves nothing behind. */
function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  return ts.isImportDeclaration(node) ? node.importClause?.isTypeOnly === true : node.isTypeOnly;
}
