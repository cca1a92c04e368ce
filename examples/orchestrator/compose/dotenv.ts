import { interpolate } from './interpolation.ts';
import type { Environment } from './interpolation.ts';

/** The variables of a `.env` file. */
export interface Dotenv {
  readonly values: Readonly<Record<string, string>>;
  /** The lines that are no variables, counted from 1. */
  readonly faults: readonly { readonly line: number; readonly message: string }[];
}

const assignment = /^\s*(?:export\s+)?(?<name>[A-Za-z_][\w.-]*)\s*(?:[=:]\s*(?<value>.*))?$/s;
const escapes: { readonly [letter: string]: string } = { n: '\n', r: '\r', t: '\t' };

/**
 * Reads a `.env` file: `NAME=value`, comments, and values in single or double quotes, which may have several lines.
 * Values that are not in single quotes may use variables: those of `environment`, then those of earlier lines. A name
 * without a value is left to `environment`.
 */
export function parseDotenv(text: string, environment: Environment): Dotenv {
  const values = Object.create(null) as Record<string, string>;
  const faults: { readonly line: number; readonly message: string }[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    const content = lines[index] ?? '';
    if (/^\s*(?:#|$)/.test(content)) continue;
    const { name, value } = assignment.exec(content)?.groups ?? {};
    if (name === undefined) {
      faults.push({ line, message: `this is no variable; write it as NAME=value, or begin a comment with #` });
      continue;
    }
    if (value === undefined) continue;
    const quote = value.charAt(0);
    if (quote !== "'" && quote !== '"') {
      values[name] = fill(value.replace(/(?:^|\s+)#.*$/, '').trimEnd());
      continue;
    }
    // A quoted value ends at its quote, on this line or on a later one.
    let quoted = value.slice(1);
    let end = endOfQuote(quoted, quote);
    for (let next = index + 1; end < 0 && next < lines.length; next++) {
      quoted += `\n${lines[next] ?? ''}`;
      end = endOfQuote(quoted, quote);
      if (end >= 0) index = next;
    }
    if (end < 0) faults.push({ line, message: `${name} has a quote that is not closed` });
    else values[name] = quote === "'" ? quoted.slice(0, end) : unescape(fill(escapeDollars(quoted.slice(0, end))));
  }
  return { values, faults };

  function fill(raw: string): string {
    return interpolate(raw, { ...values, ...environment }).text;
  }
}

function endOfQuote(text: string, quote: string): number {
  for (let position = 0; position < text.length; position++) {
    if (quote === '"' && text.charAt(position) === '\\') position++;
    else if (text.charAt(position) === quote) return position;
  }
  return -1;
}

function escapeDollars(text: string): string {
  return text.replaceAll('\\$', '$$$$');
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter);
}
