import { compareUtf8 } from '../../../base/text/utf8-order.ts';
import { isInRange } from '../../backend/selection.ts';
import { stepWithChildren } from '../connection/failure.ts';
import { readSelection } from '../reads/moment.ts';
import { parentOf } from './nodes.ts';
import { deletion } from './plan.ts';
import type { DriverCall, DriverRange } from '../../backend/driver.ts';
import type { ZookeeperConnection } from '../connection/connection.ts';
import type { ZkOperation } from '../connection/client.ts';
import type { ReadContext } from '../reads/moment.ts';
import type { Head } from '../layout/head.ts';
import type { Session } from '../connection/session.ts';
import type { Writer } from './writer.ts';

/**
 * Deletes all keys of a range in one transaction, and gives their number. The keys are listed before the turn of the
 * write; what is written in between is taken from the log.
 */
export async function deleteRange(
  connection: ZookeeperConnection,
  context: ReadContext,
  writer: Writer,
  range: DriverRange,
  { signal }: DriverCall,
): Promise<number> {
  const { keyspace, log } = context;
  const list = async (session: Session): Promise<{ head: Head; keys: Set<string>; parents: Set<string> }> => {
    session.barrier();
    const selection = { ...range, limit: undefined, reverse: false, keysOnly: true };
    const { head, found, withChildren } = await readSelection(context, session, selection);
    return { head, keys: new Set(found.map(({ key }) => key)), parents: new Set(withChildren) };
  };
  let known = await connection.read(list, signal);
  if (known.keys.size === 0) return 0;
  return writer.write({ signal }, async (attempt) => {
    const { session } = attempt;
    const head = await log.head(session);
    if (head.revision !== known.head.revision) {
      const entries =
        head.made === known.head.made ? await log.between(session, known.head.writes, head.writes) : undefined;
      if (entries === undefined) known = await list(session);
      else {
        for (const { changes } of entries) {
          for (const { type, key } of changes) {
            if (!isInRange(range, key)) continue;
            if (type === 'put') known.keys.add(key);
            else known.keys.delete(key);
          }
        }
        known.head = head;
      }
    }
    const { keys, parents } = known;
    if (keys.size === 0) return 0;
    const sorted = [...keys].sort(compareUtf8);
    const operations: ZkOperation[] = [];
    const emptied = new Set<string>();
    for (const key of sorted) {
      const path = keyspace.pathOf(key);
      operations.push(deletion(path, -1, parents.has(key)));
      emptied.add(parents.has(key) ? path : parentOf(path));
    }
    const changes = sorted.map((key) => ({ type: 'delete', key }) as const);
    try {
      await attempt.send(known.head, { changes, operations });
    } catch (error) {
      const step = stepWithChildren(error);
      if (step !== undefined) {
        // The steps of the keys are the last ones.
        const key = sorted.at(step);
        if (key !== undefined) parents.add(key);
      }
      throw error;
    }
    writer.prune(session, [...emptied]);
    return keys.size;
  });
}
