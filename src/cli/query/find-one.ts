import { byIdPrefix, byName } from '../../model/find/finders.ts';
import type { By } from '../../model/find/finder.ts';
import { declarations } from '../../model/tables/all-tables.ts';
import { tableNames } from '../../model/schema/kinds.ts';
import type { ReadTx } from '../../store/transaction/tx.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { CliError, ExitCode } from '../terminal/failure.ts';
import { plainText } from '../terminal/plain-text.ts';
import { objectName } from './object-name.ts';

/** The candidates that an error names. */
const MOST = 10;

/**
 * The one object that a text means. An id comes first, then a name, then the beginning of an id. Throws an error that
 * lists the candidates where there are several, and where there is none.
 */
export function findOne<K extends Kind>(tx: ReadTx, kind: K, text: string): Kinds[K] {
  const found = candidates(tx, kind, text);
  const [first] = found;
  if (first === undefined) {
    throw new CliError(ExitCode.NO_OBJECT, `there is no ${kind} with the id or name '${text}'`);
  }
  if (found.length > 1) {
    const listed = found.slice(0, MOST).map((object) => `  ${plainText(`${object.id}  ${objectName(kind, object)}`)}`);
    const more = found.length > MOST ? [`  and ${found.length - MOST} more`] : [];
    throw new CliError(
      ExitCode.NO_OBJECT,
      [`'${text}' means ${found.length} ${tableNames[kind]}; give more of the id:`, ...listed, ...more].join('\n'),
    );
  }
  return first;
}

/** As {@link findOne}, for a filter: where there is none, the text counts as an id, whose object may be gone. */
export function resolveId(tx: ReadTx, kind: Kind, text: string): string {
  return candidates(tx, kind, text).length === 0 ? text : findOne(tx, kind, text).id;
}

function candidates<K extends Kind>(tx: ReadTx, kind: K, text: string): readonly Kinds[K][] {
  const table = tx.table(kind);
  const exact = table.get(text);
  if (exact !== undefined) return [exact];
  const named = declarations[kind].finders.includes('byName') ? table.find(byName(text) as By<never> as By<K>) : [];
  return named.length > 0 || text === '' ? named : table.find(byIdPrefix(text));
}
