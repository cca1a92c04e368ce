import { KvError } from '../../../errors/kv-error.ts';
import { flagsOf } from '../records/entry.ts';
import { headText, newId } from '../records/head.ts';
import { recordText } from '../records/log-record.ts';
import { transactionText } from '../protocol/transactions.ts';
import type { DriverOperation } from '../../backend/driver.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Entry } from '../records/entry.ts';
import type { Head, LargeWrite } from '../records/head.ts';
import type { LoggedChange } from '../records/log-record.ts';
import type { Step } from '../protocol/transactions.ts';
import { markStep } from './sessions.ts';
import type { Session } from './sessions.ts';

/** The changes of a write, and the steps that make them once its number is known. */
export interface Draft {
  readonly changes: readonly LoggedChange[];
  readonly steps: (number: number) => readonly Step[];
  /** The key that an error names. */
  readonly key: string;
}

/** The steps that every write has: the head and the record. */
export const ownSteps = 2;

/** The request of a write, and the head after it without Consul's number. */
export interface DraftText {
  readonly text: string;
  readonly next: Omit<Head, 'modifyIndex'>;
}

/**
 * The request of a draft behind a head. With `large` the head is closed in its place. Values that do not fit into the
 * record stay at their keys; throws `ERR_KV_VALUE_TOO_LARGE` for a request that the servers do not take.
 */
export function draftText(
  { keyspace, requestBytes }: ConsulContext,
  head: Head,
  draft: Draft,
  guards: readonly Step[],
  large?: LargeWrite,
): DraftText {
  const number = head.number + 1;
  const id = large?.id ?? newId();
  const next = large === undefined ? { number, id, large } : { number: head.number, id: head.id, large };
  const steps = draft.steps(number);
  const head_: Step = {
    verb: 'cas',
    name: keyspace.head,
    value: headText(next),
    flags: 0,
    index: head.modifyIndex,
  };
  const textWith = (changes: Draft['changes'] | undefined, values: boolean): string => {
    const value = recordText({ id, previous: head.id, changes }, values);
    return transactionText([
      head_,
      { verb: 'set', name: keyspace.recordOf(number), value, flags: 0 },
      ...guards,
      ...steps,
    ]);
  };
  let bytes = 0;
  for (const text of [
    () => textWith(draft.changes, true),
    () => textWith(draft.changes, false),
    () => textWith(undefined, false),
  ]) {
    const tried = text();
    bytes = Buffer.byteLength(tried);
    if (bytes <= requestBytes) return { text: tried, next };
  }
  throw tooLarge(draft.key, bytes, requestBytes);
}

export function tooLarge(key: string, bytes: number, limit: number): KvError {
  const message = `the request for ${key} has ${bytes} bytes, more than the ${limit} of consul; split it`;
  return new KvError('ERR_KV_VALUE_TOO_LARGE', message, { key, bytes, limit });
}

/**
 * The draft of operations. `stored` has the keys that were read. An absent key is not deleted. A key that another
 * session holds is deleted before it is written with a ttl.
 */
export function draftOf(
  { keyspace }: ConsulContext,
  operations: readonly DriverOperation[],
  sessions: ReadonlyMap<string, Session>,
  stored?: ReadonlyMap<string, Entry>,
): Draft {
  const effective = operations.filter(
    ({ type, key }) => type === 'put' || stored === undefined || stored.has(keyspace.nameOf(key)),
  );
  return {
    key: effective[0]?.key ?? '',
    changes: effective.map((operation) =>
      operation.type === 'put' ? { key: operation.key, value: operation.value } : { key: operation.key },
    ),
    steps: (number) =>
      effective.flatMap((operation): Step[] => {
        const name = keyspace.nameOf(operation.key);
        if (operation.type === 'delete') return [{ verb: 'delete', name }];
        const { key, value } = operation;
        const { id: session, isMarked = true } = sessions.get(key) ?? {};
        const flags = flagsOf({ number, hasTtl: session !== undefined });
        if (session === undefined) return [{ verb: 'set', name, value, flags }];
        const lock: Step = { verb: 'lock', name, value, flags, session };
        const holder = stored?.get(name)?.session;
        return [
          ...(holder === undefined || holder === session ? [] : [{ verb: 'delete', name } as const]),
          lock,
          ...(isMarked ? [] : [markStep(keyspace, key, session)]),
        ];
      }),
  };
}
