/** Puts colours on texts, or leaves them as they are. */
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

/** What a terminal can do that output goes to. */
export interface Terminal {
  /** Lines can be written over. */
  readonly live: boolean;
  readonly colours: boolean;
}

/**
 * Finds out what the output can do. A file or a pipe gets neither colours nor cursor movements, and `NO_COLOR` is
 * minded whatever it is set to but nothing.
 */
export function terminalOf(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Terminal {
  const live = isTerminal && environment['TERM'] !== 'dumb';
  return { live, colours: live && (environment['NO_COLOR'] ?? '') === '' };
}

/** What starts or ends a colour. */
const colour = new RegExp(`${String.fromCodePoint(0x1b)}\\[\\d+m`, 'g');

/** How many columns a text takes, its colours left out. */
export function widthOf(text: string): number {
  return stripColours(text).length;
}

/** The text at exactly this width: filled up with spaces, or cut off, then without colours. */
export function pad(text: string, width: number): string {
  const missing = width - widthOf(text);
  if (missing >= 0) return text + ' '.repeat(missing);
  return width <= 0 ? '' : `${stripColours(text).slice(0, width - 1)}…`;
}

/** The text, cut off at this width. */
export function clip(text: string, width: number): string {
  return widthOf(text) <= width ? text : pad(text, width);
}

function stripColours(text: string): string {
  return text.replaceAll(colour, '');
}
