import { isKvError } from '../../../errors/kv-error.ts';
import { refused } from '../connection/failure.ts';
import { marksOf, flagsOf } from '../records/entry.ts';
import { newId } from '../records/head.ts';
import { doneSteps, settle, touchStep } from '../protocol/settle.ts';
import { mostSteps, perform, transactionText } from '../protocol/transactions.ts';
import { draftText, tooLarge } from './draft.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Snapshot } from '../reading/snapshots.ts';
import type { Head } from '../records/head.ts';
import type { Outcome, Step } from '../protocol/transactions.ts';
import type { Draft } from './draft.ts';

/**
 * Writes a draft that leaves no room for the head in its transaction. The head is closed before and opened after, so
 * nobody writes meanwhile. One step is the witness: it depends on the write of its key that closed the head. If the
 * writer dies, others see by the witness whether the transaction has happened. They write the witness where it has not,
 * so that a late request is refused. Resolves to the number; to undefined when another writer was faster.
 */
export async function writeLarge(
  context: ConsulContext,
  { head, entries }: Snapshot,
  draft: Draft,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { connection, keyspace, requestBytes } = context;
  const number = head.number + 1;
  const steps = draft.steps(number);
  if (steps.length > mostSteps) throw refused(`a transaction of ${steps.length} steps; split it`);
  const at = steps.findIndex(({ verb, name }) => {
    const entry = entries.get(name);
    return (verb === 'set' || verb === 'delete') && (entry === undefined || marksOf(entry) !== undefined);
  });
  const chosen = steps[at];
  if (chosen === undefined) throw refused('a transaction of so many keys that all have a ttl; split it');
  const witness = chosen.name;
  const large = { number, id: newId(), witness };
  const stored = entries.get(witness);
  const touch: Step =
    stored === undefined
      ? { verb: 'cas', name: witness, value: '', flags: flagsOf({ number, isPlaceholder: true }), index: 0 }
      : touchStep(stored);
  const { text, next } = draftText(context, head, { ...draft, steps: () => [touch] }, [], large);
  const closed = await perform(connection, text, { kind: 'write', signal });
  if (closed.entries === undefined) return undefined;
  const modifyIndex = closed.entries.get(keyspace.head)?.modifyIndex ?? 0;
  const closedHead = { ...next, large, modifyIndex };
  const last: Step = {
    verb: 'cas',
    name: witness,
    value: chosen.verb === 'set' ? chosen.value : '',
    flags: flagsOf({ number, isPlaceholder: chosen.verb === 'delete' }),
    index: modifyIndex,
  };
  const main = transactionText(steps.with(at, last));
  let outcome: Outcome;
  try {
    if (Buffer.byteLength(main) > requestBytes) throw tooLarge(draft.key, Buffer.byteLength(main), requestBytes);
    outcome = await perform(connection, main, { kind: 'write', signal });
  } catch (error) {
    // Nobody writes until this is settled, so it is settled even when the caller has given up.
    const isDone = await settle(context, closedHead, undefined).catch(() => undefined);
    if (isDone === true && isKvError(error, 'ERR_KV_OUTCOME_UNKNOWN')) return number;
    throw error;
  }
  if (outcome.entries === undefined) {
    await settle(context, closedHead, undefined);
    return undefined;
  }
  await open(context, closedHead, outcome.entries.get(witness));
  return number;
}

/** Opens the head again. When this fails others do it: the write has happened. */
async function open(
  context: ConsulContext,
  head: Parameters<typeof doneSteps>[1] & Head,
  witness: Parameters<typeof doneSteps>[2],
): Promise<void> {
  const text = transactionText(doneSteps(context, head, witness));
  await perform(context.connection, text, { kind: 'write', signal: undefined }).catch(() => undefined);
}
