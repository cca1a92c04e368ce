import { compacted } from '../../backend/compacted.ts';
import { patiently } from './follow.ts';
import { positionOf, stepAfter } from './steps.ts';
import type { DriverChanges } from '../../backend/driver.ts';
import type { Session } from '../connection/session.ts';
import type { Head } from '../layout/head.ts';
import type { Position, WriteLog } from '../reads/write-log.ts';
import type { FollowContext } from './follow.ts';
import type { LogStep } from './steps.ts';

/** Gives every change of keys below `prefix` after the revision `from`, or after the call. See `KvDriver.changes`. */
export async function* changesOf(
  context: FollowContext,
  prefix: string,
  from: bigint | undefined,
  signal: AbortSignal,
): AsyncGenerator<DriverChanges, void> {
  const { log, watch } = context;
  const start = await patiently(context, signal, async (session) => {
    session.barrier();
    return from === undefined ? positionOf(await log.head(session)) : positionAt(log, session, from);
  });
  if (start === undefined) return;
  let position = start;
  let seen = from ?? start.revision ?? 0n;
  yield { revision: seen, changes: [] };
  const wanted = (key: string): boolean => key.startsWith(prefix);
  while (!signal.aborted) {
    const changed = watch.changed.wait(signal);
    const after: Position = position;
    const step: LogStep | undefined = await patiently(context, signal, async (session) => {
      watch.set(session);
      const read = await stepAfter(context, session, after, wanted);
      if (read === undefined) throw compacted('zookeeper', seen, await oldestOf(log, session, await log.head(session)));
      return read;
    });
    if (step === undefined) return;
    position = step.position;
    if (step.changes.length > 0) {
      seen = position.revision ?? seen;
      yield { revision: seen, changes: step.changes };
    }
    if (position.write === after.write) await changed;
  }
}

/** The position behind the last write up to a revision. O(log entries) requests. */
async function positionAt(log: WriteLog, session: Session, from: bigint): Promise<Position> {
  for (;;) {
    const head = await log.head(session);
    if (from > head.revision) throw compacted('zookeeper', from, await oldestOf(log, session, head));
    if (from === head.revision) return positionOf(head);
    // The last write whose revision is not above `from`, or the one in front of the kept ones.
    let [low, high] = [head.first - 1, head.writes];
    let revision: bigint | undefined;
    let isTrimmed = false;
    while (low < high && !isTrimmed) {
      const middle = Math.ceil((low + high) / 2);
      const found = await log.revisionOf(session, middle);
      if (found === undefined) isTrimmed = true;
      else if (found > from) high = middle - 1;
      else {
        low = middle;
        revision = found;
      }
    }
    if (isTrimmed) continue;
    if (revision === undefined && from < (await oldestOf(log, session, head)))
      throw compacted('zookeeper', from, await oldestOf(log, session, head));
    return { write: low, revision, made: head.made };
  }
}

/** The oldest revision after which all changes are kept. */
async function oldestOf(log: WriteLog, session: Session, head: Head): Promise<bigint> {
  if (head.first === 1) return 0n;
  const first = await log.revisionOf(session, head.first);
  return first === undefined ? head.revision : first - 1n;
}
