import { pause } from '../../../base/async/pause.ts';
import { pathOf } from '../records/keyspace.ts';
import { entriesOf, mostSteps, perform, transactionText } from '../protocol/transactions.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Sweep } from '../reading/selected.ts';
import type { Entry } from '../records/entry.ts';

/** How long a server waits for a change before it answers, in milliseconds. */
const waitMs = 55_000;

/**
 * Deletes expired keys, until the signal aborts. The servers release the mark of a key together with the key, which
 * ends the wait for a change of the marks.
 */
export async function reap(context: ConsulContext, sweep: Sweep, signal: AbortSignal): Promise<void> {
  let index = 0;
  let isMade = false;
  while (!signal.aborted) {
    try {
      // An empty folder would count as changed with every write to the servers.
      if (!isMade) await makeFolder(context, signal);
      isMade = true;
      const { entries, next } = await readMarks(context, index, signal);
      const released = entries.filter(({ name, session }) => session === undefined && name !== context.keyspace.marks);
      if (released.length > 0) {
        await sweep(released.map(({ value }) => value.toString()));
        await deleteMarks(context, released, signal);
      }
      index = next < index ? 0 : Math.max(1, next);
    } catch {
      // The stream that waits for changes of the keys tells what is wrong.
      await pause(200, signal);
    }
  }
}

async function makeFolder({ connection, keyspace }: ConsulContext, signal: AbortSignal): Promise<void> {
  const text = transactionText([{ verb: 'cas', name: keyspace.marks, value: '', flags: 0, index: 0 }]);
  await perform(connection, text, { kind: 'read', signal });
}

function readMarks(
  { connection, keyspace }: ConsulContext,
  index: number,
  signal: AbortSignal,
): Promise<{ readonly entries: readonly Entry[]; readonly next: number }> {
  const query = `recurse&index=${index}&wait=${waitMs}ms`;
  return connection.call(
    { method: 'GET', path: pathOf(keyspace.marks, query) },
    (answer) => ({ entries: entriesOf(answer), next: answer.index }),
    { kind: 'read', signal, waitMs: (waitMs * 17) / 16 },
  );
}

async function deleteMarks({ connection }: ConsulContext, marks: readonly Entry[], signal: AbortSignal): Promise<void> {
  for (let start = 0; start < marks.length; start += mostSteps) {
    const part = marks.slice(start, start + mostSteps);
    await perform(connection, transactionText(part.map(({ name }) => ({ verb: 'delete', name }))), {
      kind: 'read',
      signal,
    });
  }
}
