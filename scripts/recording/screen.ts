/** A text in one colour. */
export interface Span {
  readonly column: number;
  readonly text: string;
  /** The codes of the terminal that are in force: 1 bold, 2 dim, 31 to 36 colours. */
  readonly codes: readonly number[];
}

/** A character on the screen, with the codes that it was written under. */
interface Cell {
  readonly character: string;
  readonly codes: readonly number[];
}

/** Codes by the code that ends them: 22 ends bold and dim, 39 a colour. */
const ends: ReadonlyMap<number, readonly number[]> = new Map([
  [22, [1, 2]],
  [39, [31, 32, 33, 34, 35, 36]],
]);

// The escape character, spelled out: a literal one would be invisible.
const escape = String.fromCodePoint(0x1b);
const piece = new RegExp(`${escape}\\[(\\??[\\d;]*)([A-Za-z])|([^])`, 'gu');

/** The screen of a terminal: as much of one as the display of the example needs. */
export class Screen {
  readonly columns: number;
  readonly #rows: number;
  readonly #lines: Cell[][] = [[]];
  #row = 0;
  #column = 0;
  #codes: readonly number[] = [];

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.#rows = rows;
  }

  write(text: string): void {
    for (const [, parameters = '', command, character] of text.matchAll(piece)) {
      if (command !== undefined) this.#obey(command, parameters);
      else if (character !== undefined) this.#put(character);
    }
  }

  /** The lines on the screen, the newest last. Lines that were scrolled away are gone. */
  lines(): readonly (readonly Span[])[] {
    return this.#lines.slice(-this.#rows).map(spansOf);
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#feed();
    else {
      if (this.#column === this.columns) this.#feed();
      const line = this.#line();
      while (line.length < this.#column) line.push({ character: ' ', codes: [] });
      line[this.#column] = { character, codes: this.#codes };
      this.#column += 1;
    }
  }

  /** Goes to the begin of the next line, as a terminal does in its ordinary mode. */
  #feed(): void {
    this.#row += 1;
    this.#column = 0;
    this.#line();
  }

  #line(): Cell[] {
    while (this.#lines.length <= this.#row) this.#lines.push([]);
    return this.#lines[this.#row] ?? [];
  }

  #obey(command: string, parameters: string): void {
    if (command === 'A') this.#row = Math.max(0, this.#row - Number(parameters));
    else if (command === 'J') {
      this.#line().length = this.#column;
      this.#lines.length = this.#row + 1;
    } else if (command === 'm') {
      for (const code of parameters.split(';').map(Number)) {
        const ended = ends.get(code);
        this.#codes =
          ended === undefined ? [...this.#codes, code] : this.#codes.filter((other) => !ended.includes(other));
      }
    }
  }
}

/** Puts cells of one colour together. A wide gap begins a new span, so that columns stay in line in any font. */
function spansOf(line: readonly Cell[]): readonly Span[] {
  const spans: { column: number; text: string; codes: readonly number[] }[] = [];
  let kind: string | undefined;
  line.forEach(({ character, codes }, column) => {
    const next = `${codes.join()} ${String(character > '~')}`;
    const last = spans.at(-1);
    if (last === undefined || next !== kind || last.text.endsWith('  ')) spans.push({ column, text: character, codes });
    else last.text += character;
    kind = next;
  });
  return spans
    .map(({ column, text, codes }) => ({ column: column + text.search(/\S|$/), text: text.trim(), codes }))
    .filter(({ text }) => text !== '');
}
