import { kinds } from '../../../model/schema/kinds.ts';
import { Node } from '../../../wire/generated/node.ts';
import { kindTypes } from '../../../wire/generated/kinds.ts';
import type { Kind, KindInputs, Kinds } from '../../../wire/generated/kinds.ts';
import type { MessageType } from '../../../wire/codec/message-type.ts';
import { redactObject } from '../../../readable/redact.ts';
import type { Redaction } from '../../../readable/redact.ts';
import { baseOf } from './event-join.ts';
import { WholeRows } from '../../../readable/rows.ts';
import type { Rows } from '../../../readable/rows.ts';

/**
 * Everything that the lists of a manager hold, by kind. The extensions, and the secrets that swarmkit uses itself, are
 * those that were known before and still exist: no list has them.
 */
export type Listing = { readonly [K in Kind]: readonly Kinds[K][] };

/** The kinds whose listed objects lack fields that a watch delivers. */
const incomplete: ReadonlySet<Kind> = new Set(['cluster', 'secret']);

/** The rows of a listing, each the stored object where that is equal or more complete. O(objects). */
export function listedRows(listing: Listing, stored: Rows, redaction: Redaction): WholeRows {
  const rows = new WholeRows();
  for (const kind of kinds)
    for (const object of listing[kind]) rows.set(kind, object.id, rowOf(kind, object, stored, redaction));
  return rows;
}

/** The highest index in each list. */
export function listedIndexes(listing: Listing): ReadonlyMap<Kind, number> {
  return new Map(kinds.map((kind) => [kind, Math.max(0, ...listing[kind].map(baseOf))]));
}

/** True where a listed object is older than the stored one: the lists come from a member that has fallen behind. */
export function isBehind(listing: Listing, stored: Rows): boolean {
  return kinds.some((kind) =>
    listing[kind].some((object) => {
      const row = stored.get(kind, object.id);
      return row !== undefined && baseOf(object) < baseOf(row);
    }),
  );
}

function rowOf<K extends Kind>(kind: K, listed: Kinds[K], rows: Rows, redaction: Redaction): Kinds[K] {
  const stored = rows.get(kind, listed.id);
  const base = baseOf(listed);
  if (stored !== undefined && incomplete.has(kind) && base !== 0 && base === baseOf(stored)) return stored;
  const type: MessageType<Kinds[K], KindInputs[K]> = kindTypes[kind];
  // A list fills in which managers lead and answer; a watch would never tell when that changes.
  const given = kind === 'node' ? (Node.from({ ...(listed as Node), managerStatus: undefined }) as Kinds[K]) : listed;
  return type.from(redactObject(kind, given, redaction), stored);
}
