/** The length of a docstring's line, so that with its frame and the indentation of a member it has 120 columns. */
const LONGEST_LINE = 111;

/** A docstring of the parts that are not empty, or nothing at all. */
export function doc(parts: readonly string[], tag?: string): string {
  const text = parts
    .filter((part) => part !== '')
    .join(' ')
    .replaceAll('\n', ' ');
  const lines = [...(text === '' ? [] : wrap(text)), ...(tag === undefined ? [] : [tag])];
  if (lines.length === 0) return '';
  return lines.length === 1
    ? `/** ${lines.join('')} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`).join('\n')}\n */\n`;
}

function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1] as string;
    if (line.length + word.length > LONGEST_LINE) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
