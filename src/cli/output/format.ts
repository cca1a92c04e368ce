import { redactObject } from '../../readable/redact.ts';
import type { Redaction } from '../../readable/redact.ts';
import { codecs } from '../../wire/generated/kinds.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { JsonValue } from '../../wire/values/types.ts';
import { usage } from '../terminal/failure.ts';
import { escapedText } from '../terminal/plain-text.ts';

/** The form of an answer: text for people, or JSON, lines of JSON, or YAML for programs. */
export type Format = 'text' | 'json' | 'jsonl' | 'yaml';

/** The options that choose a format. */
export interface FormatOptions {
  readonly json?: boolean;
  readonly jsonl?: boolean;
  readonly yaml?: boolean;
}

/** The format that the options ask for. Throws a usage error for several. */
export function formatOf(options: FormatOptions): Format {
  const asked = (['json', 'jsonl', 'yaml'] as const).filter((format) => options[format] === true);
  if (asked.length > 1) throw usage('give one of --json, --jsonl and --yaml');
  return asked[0] ?? 'text';
}

/** An object in the JSON form of its codec, with its secrets emptied. Bytes of every type are kept. */
export function objectJson<K extends Kind>(kind: K, object: Kinds[K], redaction: Redaction): JsonValue {
  return codecs[kind].toJson(redactObject(kind, object, redaction), { any: 'bytes' });
}

/** The text of one value. JSON and YAML of any value have no character that a terminal would obey. */
export async function valueText(format: Exclude<Format, 'text'>, value: JsonValue): Promise<string> {
  if (format === 'jsonl') return `${escapedText(JSON.stringify(value))}\n`;
  if (format === 'json') return `${escapedText(JSON.stringify(value, null, 2))}\n`;
  return yamlText(value);
}

/** The text of a list, piece by piece: lists may be long. */
export async function* listText(
  format: Exclude<Format, 'text'>,
  values: Iterable<JsonValue>,
): AsyncGenerator<string, void> {
  let count = 0;
  for (const value of values) {
    if (format === 'jsonl') yield await valueText(format, value);
    else if (format === 'yaml') yield await yamlText([value]);
    else {
      const text = escapedText(JSON.stringify(value, null, 2)).replaceAll('\n', '\n  ');
      yield `${count === 0 ? '[' : ','}\n  ${text}`;
    }
    count += 1;
  }
  if (format === 'json') yield count === 0 ? '[]\n' : '\n]\n';
  if (format === 'yaml' && count === 0) yield '[]\n';
}

async function yamlText(value: JsonValue): Promise<string> {
  const { yamlOf } = await import('./yaml-text.ts');
  return yamlOf(value);
}
