import { readNode } from '../reads/node.ts';
import type { DriverChange } from '../../backend/driver.ts';
import type { KvPair } from '../../api/calls.ts';
import type { Session } from '../connection/session.ts';
import type { Head } from '../layout/head.ts';
import type { ReadContext } from '../reads/moment.ts';
import type { LogEntry, Position } from '../reads/write-log.ts';

/** The changes after a position. */
export interface LogStep {
  readonly position: Position;
  readonly changes: readonly DriverChange[];
}

/** The most writes of a step. */
const mostWrites = 128;

/**
 * Reads the changes after a position. Undefined when the servers no longer have all of them: entries were deleted, or a
 * large value was overwritten before it was read.
 */
export async function stepAfter(
  { keyspace, log }: ReadContext,
  session: Session,
  position: Position,
  isWanted: (key: string) => boolean,
): Promise<LogStep | undefined> {
  const head = await log.head(session);
  if (!(await log.has(session, position, head))) return undefined;
  const entries = await log.between(session, position.write, Math.min(head.writes, position.write + mostWrites));
  const last = entries?.at(-1);
  if (entries === undefined) return undefined;
  if (last === undefined) return { position, changes: [] };
  const changes = await Promise.all(
    entries.flatMap((entry) =>
      entry.changes
        .filter(({ key }) => isWanted(key))
        .map(async (change): Promise<DriverChange | undefined> => {
          const { key } = change;
          const { revision } = entry;
          if (change.type === 'delete') return { key, pair: undefined, revision };
          const pair = await pairOf(session, entry, keyspace.pathOf(key), key, change.value);
          return pair === undefined ? undefined : { key, pair, revision };
        }),
    ),
  );
  const told = changes.filter((change) => change !== undefined);
  if (told.length < changes.length) return undefined;
  return { position: { write: last.write, revision: last.revision, made: position.made }, changes: told };
}

export function positionOf({ writes, revision, made }: Head): Position {
  return { write: writes, revision, made };
}

/** The pair that an entry left. A value that is not in the entry is in the node, unless a later write changed it. */
async function pairOf(
  session: Session,
  { revision: lastIndex }: LogEntry,
  path: string,
  key: string,
  value: Uint8Array | undefined,
): Promise<KvPair | undefined> {
  if (value !== undefined) return { key, value: Uint8Array.from(value), lastIndex };
  const pair = (await readNode(session, key, path))?.pair;
  return pair?.lastIndex === lastIndex ? pair : undefined;
}
