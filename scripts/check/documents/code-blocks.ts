import ts from 'typescript';

/** A TypeScript block of a document or a docstring. */
export interface CodeBlock {
  /** The file that holds it. */
  readonly path: string;
  /** The line of its first line of code, counted from 1. */
  readonly line: number;
  readonly code: string;
}

interface Line {
  readonly line: number;
  readonly text: string;
}

/** The blocks of a Markdown file that are marked as TypeScript and not as `no-check`. */
export function blocksOfMarkdown(path: string, text: string): readonly CodeBlock[] {
  return blocksOf(
    path,
    text.split('\n').map((content, index) => ({ line: index + 1, text: content })),
  );
}

/** The same for the docstrings of a source file. */
export function blocksOfSource(path: string, text: string): readonly CodeBlock[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  return docstrings(file).flatMap(({ pos, end }) => {
    const first = file.getLineAndCharacterOfPosition(pos).line + 1;
    const lines = text.slice(pos + '/**'.length, end - '*/'.length).split('\n');
    return blocksOf(
      path,
      lines.map((content, index) => ({ line: first + index, text: content.replace(/^\s*\* ?/, '') })),
    );
  });
}

/** Where the docstrings of a file are: the comments in front of its tokens that start with two stars, each once. */
function docstrings(file: ts.SourceFile): readonly ts.CommentRange[] {
  const found = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []) {
      if (file.text.startsWith('/**', range.pos)) found.set(range.pos, range);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...found.values()].sort((a, b) => a.pos - b.pos);
}

function blocksOf(path: string, lines: readonly Line[]): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open:
    { readonly fence: string; readonly checked: boolean; readonly line: number; readonly code: string[] } | undefined;
  for (const { line, text } of lines) {
    if (open !== undefined && text.trim() === open.fence) {
      if (open.checked) blocks.push({ path, line: open.line, code: open.code.join('\n') });
      open = undefined;
    } else if (open !== undefined) {
      open.code.push(text);
    } else {
      const [, fence, language, marks] = /^\s*(`{3,}|~{3,})(\w*)\s*(.*)$/.exec(text) ?? [];
      if (fence === undefined) continue;
      const checked = (language === 'ts' || language === 'typescript') && !marks?.split(/\s+/).includes('no-check');
      open = { fence, checked, line: line + 1, code: [] };
    }
  }
  return blocks;
}
