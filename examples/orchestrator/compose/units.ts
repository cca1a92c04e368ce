/** Milliseconds by unit: the units of Go's durations, and days and weeks. */
const durationUnits: { readonly [unit: string]: number } = {
  ns: 0.000_001,
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Reads a duration such as `1m30s` or `500ms`, in milliseconds; undefined for other texts. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµ]+)/g))
    total += Number(amount) * (durationUnits[unit ?? ''] ?? 0);
  return total;
}

const byteUnits: { readonly [unit: string]: number } = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Reads a size such as `512M` or `1gb`, in bytes; undefined for other texts. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(b|[kmgt]i?b?)?$/i.exec(text) ?? [];
  if (amount === undefined) return undefined;
  return Math.round(Number(amount) * (byteUnits[unit?.toLowerCase().charAt(0) ?? ''] ?? 1));
}

/**
 * Splits a command line into words by the quotes and backslashes of a shell, without its other features; undefined when
 * a quote is left open.
 */
export function splitCommand(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let position = 0; position < text.length; position++) {
    const character = text.charAt(position);
    if (character === '\\' && quote !== "'") {
      position++;
      word = (word ?? '') + text.charAt(position);
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
