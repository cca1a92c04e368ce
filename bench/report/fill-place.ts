import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

/**
 * Puts Markdown into the place that a document has for figures, between its two comments. `command` names the place in
 * a document with several.
 */
export async function fillPlace(path: string, body: string, command?: string): Promise<void> {
  const name = command === undefined ? '' : ` of ${command}:`;
  const place = new RegExp(`(<!-- figures${name}[^>]*-->\\n)[^]*?(<!-- end of figures -->)`);
  const text = readFileSync(path, 'utf8');
  if (!place.test(text)) throw new Error(`${path} has no place for figures`);
  const filled = text.replace(place, (_all, begin: string, end: string) => `${begin}\n${body}\n\n${end}`);
  writeFileSync(path, await format(filled, { ...(await resolveConfig(path)), filepath: path }));
}
