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

function stripColours(text: string): string {
  return text.replaceAll(colour, '');
}
