import ts from 'typescript';

/** A small change of a file. */
export interface Mutant {
  /** The first character that is replaced. */
  readonly position: number;
  readonly line: number;
  readonly column: number;
  /** The line of the change, as it is before it. */
  readonly lineText: string;
  /** The text that is replaced, and the text in its place. */
  readonly before: string;
  readonly after: string;
  /** The whole file with the change. */
  readonly text: string;
}

const operators: ReadonlyMap<ts.SyntaxKind, string> = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
  [ts.SyntaxKind.PlusEqualsToken, '-='],
  [ts.SyntaxKind.MinusEqualsToken, '+='],
  [ts.SyntaxKind.QuestionQuestionEqualsToken, '='],
]);

/** Every change that is planted in a file: operators, conditions, constants, and statements that are left out. */
export function plantIn(path: string, text: string): readonly Mutant[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const lines = text.split('\n');
  const replace = (node: ts.Node, after: string): void => {
    const start = node.getStart(file);
    const { line, character } = file.getLineAndCharacterOfPosition(start);
    mutants.push({
      position: start,
      line: line + 1,
      lineText: (lines[line] ?? '').trim(),
      column: character + 1,
      before: node.getText(file),
      after,
      text: text.slice(0, start) + after + text.slice(node.getEnd()),
    });
  };
  const visit = (node: ts.Node): void => {
    // Types have no effect, and the texts of errors may be changed by anybody.
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isThrowStatement(node)) return;
    if (ts.isBinaryExpression(node)) {
      const other = operators.get(node.operatorToken.kind);
      if (other !== undefined && !joinsText(node)) replace(node.operatorToken, other);
    } else if (ts.isIfStatement(node) || ts.isConditionalExpression(node) || ts.isWhileStatement(node)) {
      const condition = ts.isConditionalExpression(node) ? node.condition : node.expression;
      replace(condition, `!(${condition.getText(file)})`);
    } else if (ts.isNumericLiteral(node)) {
      replace(node, String(Number(node.text) + 1));
    } else if (node.kind === ts.SyntaxKind.TrueKeyword) {
      replace(node, 'false');
    } else if (node.kind === ts.SyntaxKind.FalseKeyword) {
      replace(node, 'true');
    } else if (ts.isExpressionStatement(node) && !isSuperCall(node)) {
      replace(node, ';');
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return mutants;
}

function joinsText({ left, right }: ts.BinaryExpression): boolean {
  return [left, right].some((part) => ts.isStringLiteralLike(part) || ts.isTemplateExpression(part));
}

function isSuperCall({ expression }: ts.ExpressionStatement): boolean {
  return ts.isCallExpression(expression) && expression.expression.kind === ts.SyntaxKind.SuperKeyword;
}
