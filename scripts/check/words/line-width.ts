import ts from 'typescript';

/** The width of code and comments. */
const maxColumns = 120;

/**
 * The lines, counted from 1, that are too wide. A line that only an address makes wide, or a literal that nothing
 * breaks, is allowed. So is one that prettier ignores: a `@ts-expect-error` above it may need a single line.
 */
export function wideLines(path: string, text: string): readonly number[] {
  const wide = text.split('\n').flatMap((line, index) => (line.length > maxColumns ? [index] : []));
  if (wide.length === 0) return [];
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const literals = literalColumns(file);
  return wide.flatMap((index) => {
    const start = file.getPositionOfLineAndCharacter(index, 0);
    const line = text.slice(start, file.getLineEndOfPosition(start));
    const unbreakable = (literals.get(index) ?? 0) + (/\bhttps?:\/\/\S+/.exec(line)?.[0].length ?? 0);
    if (line.endsWith('// prettier-ignore')) return [];
    return line.length - unbreakable > maxColumns || unbreakable === 0 ? [index + 1] : [];
  });
}

/** For each line the number of characters in literals that nothing breaks. */
function literalColumns(file: ts.SourceFile): ReadonlyMap<number, number> {
  const columns = new Map<number, number>();
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralExpression(node) || ts.isTemplateExpression(node)) {
      if (isBreakable(node, file)) return;
      let start = node.getStart(file);
      for (const part of file.text.slice(start, node.end).split('\n')) {
        const line = file.getLineAndCharacterOfPosition(start).line;
        columns.set(line, (columns.get(line) ?? 0) + part.length);
        start += part.length + 1;
      }
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return columns;
}

/** True for a text on one line with a space: `+` can join its halves. A type is not, and neither is a program. */
function isBreakable(node: ts.LiteralExpression | ts.TemplateExpression, file: ts.SourceFile): boolean {
  if (ts.isRegularExpressionLiteral(node) || ts.isLiteralTypeNode(node.parent)) return false;
  const text = node.getText(file);
  if (text.includes('\n')) return false;
  const parts = ts.isTemplateExpression(node)
    ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]
    : [text];
  return parts.some((part) => part.includes(' '));
}
