/** The width of a comment. */
const maxColumns = 120;

/** A line of a comment: what stands before its text, and the text. */
const commentLine = /^(?<before>\s*(?:\/\/|\*)) (?<text>\S.*)$/;

/** Puts the words of comments that are too wide on more lines; all other lines stay as they are. */
export function wrapComments(text: string): string {
  const lines = text.split('\n').flatMap(asBlock);
  const wrapped: string[] = [];
  let code = false;
  for (let at = 0; at < lines.length;) {
    const paragraph = code ? [] : paragraphAt(lines, at);
    const line = lines[at] ?? '';
    if (/^\s*\* ?(?:```|~~~)/.test(line)) code = !code;
    if (paragraph.some(({ length }) => length > maxColumns)) wrapped.push(...rewrap(paragraph));
    else wrapped.push(...(paragraph.length > 0 ? paragraph : [line]));
    at += Math.max(1, paragraph.length);
  }
  return wrapped.join('\n');
}

/** Gives a docstring of one wide line the form of several lines. */
function asBlock(line: string): readonly string[] {
  const [, indent, text] = line.length > maxColumns ? (/^(\s*)\/\*\* (.*) \*\/$/.exec(line) ?? []) : [];
  return indent === undefined || text === undefined ? [line] : [`${indent}/**`, `${indent} * ${text}`, `${indent} */`];
}

/** The lines of the paragraph, item or tag that begins at a line; none where no text of a comment is. */
function paragraphAt(lines: readonly string[], at: number): readonly string[] {
  const before = beforeText(lines[at]);
  if (before === undefined) return [];
  let end = at + 1;
  while (beforeText(lines[end]) === before && !/^\s*(?:\/\/|\*) (?:@|- |\d+\. |\||#)/.test(lines[end] ?? '')) end++;
  return lines.slice(at, end);
}

function beforeText(line: string | undefined): string | undefined {
  const { before, text } = commentLine.exec(line ?? '')?.groups ?? {};
  return text === undefined || /^(?:```|~~~|\/$)/.test(text) ? undefined : before;
}

function rewrap(paragraph: readonly string[]): readonly string[] {
  const { before = '', text: first = '' } = commentLine.exec(paragraph[0] ?? '')?.groups ?? {};
  const hanging = /^(?:- |\d+\. )/.exec(first)?.[0].length ?? 0;
  const text = paragraph.map((line) => commentLine.exec(line)?.groups?.['text'] ?? '').join(' ');
  // Code and links stay on one line.
  const words = text.match(/(?:`[^`]*`|\{@[^}]*\}|\S)+/g) ?? [];
  const lines: string[] = [];
  let line = `${before} ${words[0] ?? ''}`;
  for (const word of words.slice(1)) {
    if (line.length + 1 + word.length > maxColumns) {
      lines.push(line);
      line = `${before} ${' '.repeat(hanging)}${word}`;
    } else line += ` ${word}`;
  }
  return [...lines, line];
}
