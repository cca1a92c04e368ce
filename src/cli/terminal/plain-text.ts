import { stripVTControlCharacters } from 'node:util';

/** Line ends and tabs, which would break a line or a column. */
const spaces = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
/** Controls, and invisible characters that change the order or the look of others. */
const unsafe = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
/**
 * A text of the cluster as one harmless line. Names, labels and messages come from anybody: sequences that would move
 * the cursor, change colours or turn the direction of writing are taken out.
 */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(spaces, ' ').replace(unsafe, '');
}

/**
 * Escapes the unsafe characters in a text of JSON or YAML, where all of them are inside double quotes. Programs read
 * the same value, and a terminal sees no control.
 */
export function escapedText(text: string): string {
  return text.replace(unsafe, (character) => {
    // Between two lines of the text.
    if (character === '\n') return character;
    return Array.from({ length: character.length }, (_, at) => `\\u${hex(character.charCodeAt(at))}`).join('');
  });
}

/** True for a text that {@link escapedText} would change. */
export function hasUnsafe(text: string): boolean {
  return text.search(unsafe) >= 0;
}

function hex(code: number): string {
  return code.toString(16).padStart(4, '0');
}
