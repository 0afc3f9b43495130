import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { sources } from './sources.ts';

function isExported(node: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function nameOf(node: ts.Statement): string {
  if (ts.isVariableStatement(node))
    return node.declarationList.declarations.map(({ name }) => name.getText()).join();
  return (node as ts.DeclarationStatement).name?.getText() ?? 'default';
}

describe('documentation', () => {
  it('is there for every export', () => {
    const exported = sources.flatMap(({ path, tree }) =>
      tree.statements.filter(isExported).map((node) => ({ where: `${path}: ${nameOf(node)}`, node })),
    );
    expect(exported.length).toBeGreaterThan(100);
    const bare = exported.filter(({ node }) => ts.getJSDocCommentsAndTags(node).length === 0);
    expect(bare.map(({ where }) => where)).toEqual([]);
  });

  it('opens every file, in at most eight lines', () => {
    const bad = sources.filter(({ text }) => {
      const opening = /^(?:#!.*\n)?\/\*\*([\s\S]*?)\*\//.exec(text)?.[1];
      if (opening === undefined) return true;
      return opening.split('\n').filter((line) => line.replace(/[\s*]/g, '') !== '').length > 8;
    });
    expect(bad.map(({ path }) => path)).toEqual([]);
  });
});
