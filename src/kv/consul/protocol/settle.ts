import { pause } from '../../../base/async/pause.ts';
import { KvError } from '../../../errors/kv-error.ts';
import { refused } from '../connection/failure.ts';
import { flagsOf, marksOf } from '../records/entry.ts';
import { headOf, headText } from '../records/head.ts';
import { recordOf } from '../records/log-record.ts';
import { perform, readSteps, transactionText } from './transactions.ts';
import type { ConsulContext } from './context.ts';
import type { Entry } from '../records/entry.ts';
import type { Head, LargeWrite } from '../records/head.ts';
import type { Step } from './transactions.ts';

/** A head that is closed for a large write. */
export type ClosedHead = Head & { readonly large: LargeWrite };

export function isClosed(head: Head): head is ClosedHead {
  return head.large !== undefined;
}

/**
 * Resolves when the large write that the head is closed for is over. A writer that does not end it within the timeout
 * of a request counts as dead, and its write is ended here. The write was done when its witness was written. Otherwise
 * the witness is written here, so that the write can never happen.
 */
export async function untilOpen(
  context: ConsulContext,
  head: ClosedHead,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { connection, keyspace } = context;
  const stop = signal ?? new AbortController().signal;
  const deadline = performance.now() + connection.timeoutMs;
  for (let wait = 5; performance.now() < deadline; wait = Math.min(100, 2 * wait)) {
    await pause(wait, stop);
    stop.throwIfAborted();
    const { entries } = await readSteps(connection, [{ verb: 'get-tree', name: keyspace.head }], {
      kind: 'read',
      signal,
    });
    if (headOf(entries?.get(keyspace.head)).modifyIndex !== head.modifyIndex) return;
  }
  if (context.isReadOnly) {
    const message =
      'a write of another process is not ended, and a store to read only cannot end it; open one to write';
    throw new KvError('ERR_KV_NOT_REACHABLE', message, { backend: 'consul' });
  }
  await settle(context, head, signal);
}

/** Ends a large write. Resolves to true when it has happened; otherwise it never will. */
export async function settle(
  context: ConsulContext,
  head: ClosedHead,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { connection, keyspace } = context;
  const { large } = head;
  for (;;) {
    const steps: Step[] = [keyspace.head, large.witness].map((name) => ({ verb: 'get-tree', name }));
    const { entries } = await readSteps(connection, steps, { kind: 'read', signal });
    if (entries === undefined) throw refused('reads of a prefix');
    const now = headOf(entries.get(keyspace.head));
    if (now.modifyIndex !== head.modifyIndex) return hasRecord(context, large, signal);
    const witness = entries.get(large.witness);
    const isDone = marksOf(witness ?? noEntry)?.number === large.number && witness?.modifyIndex !== head.modifyIndex;
    const ending = isDone ? doneSteps(context, head, witness) : undoneSteps(context, head, witness);
    const outcome = await perform(connection, transactionText(ending), { kind: 'write', signal });
    if (outcome.entries !== undefined) return isDone;
  }
}

/** True when the history has the record of a large write that others have ended. */
async function hasRecord(
  { connection, keyspace }: ConsulContext,
  { number, id }: LargeWrite,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const name = keyspace.recordOf(number);
  const { entries } = await readSteps(connection, [{ verb: 'get-tree', name }], { kind: 'read', signal });
  const entry = entries?.get(name);
  return entry !== undefined && recordOf(entry).id === id;
}

const noEntry: Entry = { name: '', value: Buffer.alloc(0), flags: 0, session: undefined, modifyIndex: 0 };

/** Opens the head with the large write as the last one, and takes its placeholder away. */
export function doneSteps({ keyspace }: ConsulContext, head: ClosedHead, witness: Entry | undefined): Step[] {
  const { number, id } = head.large;
  const value = headText({ number, id, large: undefined });
  return [
    { verb: 'cas', name: keyspace.head, value, flags: 0, index: head.modifyIndex },
    ...(witness !== undefined && marksOf(witness)?.isPlaceholder === true
      ? [{ verb: 'delete-cas', name: witness.name, index: witness.modifyIndex } as const]
      : []),
  ];
}

/** Opens the head as it was, and writes the witness, so that a late request of the writer is refused. */
function undoneSteps({ keyspace }: ConsulContext, head: ClosedHead, witness: Entry | undefined): Step[] {
  const { number, id, large } = head;
  const value = headText({ number, id, large: undefined });
  const steps: Step[] = [
    { verb: 'cas', name: keyspace.head, value, flags: 0, index: head.modifyIndex },
    { verb: 'delete', name: keyspace.recordOf(large.number) },
  ];
  if (witness === undefined) return steps;
  const { name, modifyIndex: index } = witness;
  return [
    ...steps,
    marksOf(witness)?.isPlaceholder === true ? { verb: 'delete-cas', name, index } : touchStep(witness),
  ];
}

/** Writes a key as it is, so that only Consul's number of it changes. An identical write would change nothing. */
export function touchStep(entry: Entry): Step {
  const { name, value, modifyIndex: index } = entry;
  const marks = marksOf(entry);
  if (marks === undefined) throw refused(`${name} was written by another program meanwhile`);
  return { verb: 'cas', name, value, flags: flagsOf({ ...marks, isTouched: !marks.isTouched }), index };
}
