import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

const place = /(<!-- figures[^>]*-->\n)[^]*?(<!-- end of figures -->)/;

/** Puts Markdown into the place that a document has for figures, between its two comments. */
export async function fillPlace(path: string, body: string): Promise<void> {
  const text = readFileSync(path, 'utf8');
  if (!place.test(text)) throw new Error(`${path} has no place for figures`);
  const filled = text.replace(place, (_all, begin: string, end: string) => `${begin}\n${body}\n\n${end}`);
  writeFileSync(path, await format(filled, { ...(await resolveConfig(path)), filepath: path }));
}
