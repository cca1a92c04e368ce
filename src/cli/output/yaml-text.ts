import { Document, Scalar, visit } from 'yaml';
import type { JsonValue } from '../../wire/values/types.ts';
import { escapedText, hasUnsafe } from '../terminal/plain-text.ts';

/**
 * A value as YAML, without a character that a terminal would obey. This file is loaded when YAML is asked for: its
 * library is larger than the rest of the command.
 */
export function yamlOf(value: JsonValue): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && hasUnsafe(node.value.replaceAll('\n', ''))) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escapedText(document.toString({ lineWidth: 0 }));
}
