/** Colours texts, or leaves them as they are. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** A style with or without colours. */
export function createStyle(colours: boolean): Style {
  const paint = (code: number, end: number) => (text: string) =>
    colours ? `\u001B[${code}m${text}\u001B[${end}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

/** The abilities of the terminal behind an output. */
export interface Terminal {
  /** True when lines can be overwritten. */
  readonly live: boolean;
  readonly colours: boolean;
}

/**
 * Detects the abilities of an output. A file or a pipe gets neither colours nor cursor movements. Any value of
 * `NO_COLOR` except the empty one switches colours off.
 */
export function terminalOf(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Terminal {
  const live = isTerminal && environment['TERM'] !== 'dumb';
  return { live, colours: live && (environment['NO_COLOR'] ?? '') === '' };
}

/** An escape sequence that starts or ends a colour. */
const colour = new RegExp(`${String.fromCodePoint(0x1b)}\\[\\d+m`, 'g');

/** The number of columns of a text, without its colour sequences. */
export function widthOf(text: string): number {
  return stripColours(text).length;
}

/** The text at exactly this width: padded with spaces, or cut off without its colours. */
export function pad(text: string, width: number): string {
  const missing = width - widthOf(text);
  if (missing >= 0) return text + ' '.repeat(missing);
  return width <= 0 ? '' : `${stripColours(text).slice(0, width - 1)}…`;
}

/** The text, cut off at this width. */
export function clip(text: string, width: number): string {
  return widthOf(text) <= width ? text : pad(text, width);
}

/**
 * Puts texts in a row, and begins a new line, after `indent` spaces, where the next one does not fit. A text that is
 * wider than a line is cut into lines.
 */
export function flow(texts: readonly string[], separator: string, width: number, indent = 0): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const text of texts) {
    const room = width - (lines.length === 0 ? 0 : indent);
    if (line !== '' && widthOf(line) + widthOf(separator) + widthOf(text) > room) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? text : `${line}${separator}${text}`;
    for (;;) {
      const most = Math.max(1, width - (lines.length === 0 ? 0 : indent));
      if (widthOf(line) <= most) break;
      const plain = stripColours(line);
      lines.push(plain.slice(0, most));
      line = plain.slice(most);
    }
  }
  if (line !== '') lines.push(line);
  return lines.map((content, index) => (index === 0 ? content : ' '.repeat(indent) + content));
}

/** Breaks a text at words, so that no line is wider than `width`. Lines after the first begin with `indent` spaces. */
export function wrap(text: string, width: number, indent = 0): readonly string[] {
  return widthOf(text) <= width ? [text] : flow(text.split(' '), ' ', width, indent);
}

function stripColours(text: string): string {
  return text.replaceAll(colour, '');
}
