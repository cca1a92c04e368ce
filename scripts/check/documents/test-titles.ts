import ts from 'typescript';

/** A call of `test` or `it`. */
export interface TestTitle {
  readonly line: number;
  /**
   * The title's literal text from its start, up to the first value that is put in; `undefined` when it starts with a
   * value.
   */
  readonly text: string | undefined;
}

/** The titles of all tests that a file declares, helper functions included, whether or not anything calls them. */
export function testTitles(path: string, text: string): readonly TestTitle[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const titles: TestTitle[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && declaresTest(node.expression)) {
      const title = node.arguments[0];
      titles.push({
        line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1,
        text: title === undefined ? undefined : literalStart(title),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return titles;
}

/**
 * True for `test`, `it.failing`, `test.each(table)`, ``it.each`table` `` and the like, but not for `test.each` itself.
 */
function declaresTest(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'test' || callee.text === 'it';
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text !== 'each' && declaresTest(callee.expression);
  const table = ts.isCallExpression(callee)
    ? callee.expression
    : ts.isTaggedTemplateExpression(callee)
      ? callee.tag
      : undefined;
  return (
    table !== undefined &&
    ts.isPropertyAccessExpression(table) &&
    table.name.text === 'each' &&
    declaresTest(table.expression)
  );
}

function literalStart(title: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(title)) return title.text;
  if (ts.isTemplateExpression(title)) return title.head.text === '' ? undefined : title.head.text;
  if (ts.isBinaryExpression(title) && title.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return literalStart(title.left);
  return undefined;
}
