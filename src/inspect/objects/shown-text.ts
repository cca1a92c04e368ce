/** The longest text that is shown in one place; the rest is counted. */
const LONGEST = 2_000;

/** Characters that change how the text around them is read: controls, and marks of direction. */
const hidden = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Text of a store as it is shown. Names and labels come from strangers. Controls and marks of direction become their
 * code points, and a text that is too long is cut. O(length of what is shown).
 */
export function shownText(text: string, longest: number = LONGEST): string {
  const cut = text.length > longest ? text.slice(0, longest) : text;
  const safe = cut.replace(hidden, (mark) => `\\u${(mark.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
  return cut === text ? safe : `${safe}… (${(text.length - longest).toLocaleString('en')} more characters)`;
}

/** As {@link shownText}, on one line. */
export function shownLine(text: string, longest = 120): string {
  return shownText(text, longest).replaceAll(/[\n\t]+/g, ' ');
}
