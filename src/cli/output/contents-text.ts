import { all } from '../../model/find/finders.ts';
import { kinds, tableNames } from '../../model/schema/kinds.ts';
import type { Redaction } from '../../readable/redact.ts';
import type { ReadTx } from '../../store/transaction/tx.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import type { JsonValue } from '../../wire/values/types.ts';
import { objectJson, valueText } from './format.ts';

/**
 * All contents as JSON or YAML, in the form of a `StoreSnapshot`: a list for each kind that has objects. The text comes
 * object by object, because contents may be larger than a string. `onObject` is called for each.
 */
export async function* contentsText(
  tx: ReadTx,
  format: 'json' | 'yaml',
  redaction: Redaction,
  onObject: () => void,
): AsyncGenerator<string, void> {
  const present = kinds.filter((kind) => tx.table(kind).count(all) > 0);
  if (present.length === 0) yield '{}\n';
  for (const [position, kind] of present.entries()) {
    const name = tableNames[kind];
    if (format === 'json') yield `${position === 0 ? '{' : ','}\n  "${name}": [`;
    else yield `${name}:\n`;
    let count = 0;
    for (const json of objectsOf(tx, kind, redaction)) {
      onObject();
      const text = (await valueText(format, format === 'yaml' ? [json] : json)).trimEnd();
      yield format === 'yaml'
        ? `${text.replace(/^(?=.)/gm, '  ')}\n`
        : `${count === 0 ? '' : ','}\n    ${text.replaceAll('\n', '\n    ')}`;
      count += 1;
    }
    if (format === 'json') yield '\n  ]';
  }
  if (format === 'json' && present.length > 0) yield '\n}\n';
}

function* objectsOf(tx: ReadTx, kind: Kind, redaction: Redaction): Generator<JsonValue, void> {
  for (const object of tx.table(kind).iterate(all)) yield objectJson(kind, object, redaction);
}
