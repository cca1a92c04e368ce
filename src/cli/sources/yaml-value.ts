import { parse } from 'yaml';

/** The value of a text of YAML, without aliases: a small text could stand for a huge value. */
export function yamlValue(text: string): unknown {
  return parse(text, { maxAliasCount: 0 });
}
