import ts from 'typescript';

/** A piece of prose: a comment without its marks. */
export interface Comment {
  readonly line: number;
  readonly text: string;
}

/** The comments of a file in their order. Line comments right below each other are one comment. */
export function commentsOf(path: string, text: string): readonly Comment[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const ranges = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const children = node.getChildren(file);
    children.forEach(visit);
    if (children.length > 0) return;
    const around = [
      ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ];
    for (const range of around) ranges.set(range.pos, range);
  };
  visit(file);
  const comments: Comment[] = [];
  let last = -1;
  for (const { pos, end, kind } of [...ranges.values()].sort((a, b) => a.pos - b.pos)) {
    const line = file.getLineAndCharacterOfPosition(pos).line;
    const content = text.slice(pos, end);
    const previous = comments.at(-1);
    if (kind === ts.SyntaxKind.MultiLineCommentTrivia) {
      comments.push({ line: line + 1, text: content.replace(/^\/\*+|\*\/$/g, '').replaceAll(/^[ \t]*\* ?/gm, '') });
      last = -1;
    } else if (previous !== undefined && line === last + 1) {
      comments[comments.length - 1] = { line: previous.line, text: `${previous.text}\n${content.slice(2).trim()}` };
      last = line;
    } else {
      comments.push({ line: line + 1, text: content.slice(2).trim() });
      last = line;
    }
  }
  return comments;
}
