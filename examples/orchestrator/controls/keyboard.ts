/** The keys of a terminal, one by one. */
export interface Keyboard {
  /** Calls `press` for each key: its character, or `up` or `down`. */
  listen(press: (key: string) => void): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** The part of `process.stdin` that a keyboard uses. */
export interface KeyInput {
  setRawMode(raw: boolean): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  on(event: 'data', listener: (text: string) => void): unknown;
  off(event: 'data', listener: (text: string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** Ctrl-C, which makes no signal while the program reads single keys. */
const interruption = '\u0003';

// The escape character, spelled out: a literal one would be invisible.
const escape = String.fromCodePoint(0x1b);

/** An arrow, any other sequence, or a character. */
const keys = new RegExp(`${escape}[[O](?:[\\d;]*)([A-Za-z~])|([^])`, 'gu');

/**
 * Reads single keys from a terminal. `interrupt` is called for Ctrl-C. The terminal is given back when the keyboard is
 * closed, and at the end of the program, whatever ends it.
 */
export function openKeyboard(input: KeyInput, interrupt: () => void): Keyboard {
  let press: (key: string) => void = () => undefined;
  const read = (text: string): void => {
    for (const [, letter, character] of text.matchAll(keys)) {
      if (character === interruption) interrupt();
      else if (character !== undefined) press(character);
      else if (letter === 'A') press('up');
      else if (letter === 'B') press('down');
    }
  };
  const restore = (): void => void input.setRawMode(false);
  process.once('exit', restore);
  input.setRawMode(true);
  input.setEncoding('utf8');
  input.on('data', read);
  input.resume();
  return {
    listen(listener) {
      press = listener;
    },
    close() {
      process.off('exit', restore);
      input.off('data', read);
      input.pause();
      restore();
    },
  };
}
