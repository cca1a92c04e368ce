import { compacted } from '../../backend/compacted.ts';
import { recordOf } from '../records/log-record.ts';
import { lastIndexOf } from '../records/entry.ts';
import { mostSteps, readSteps } from '../protocol/transactions.ts';
import { readNames } from '../reading/snapshots.ts';
import { readKeyNames } from '../reading/names.ts';
import { refused } from '../connection/failure.ts';
import type { DriverChange } from '../../backend/driver.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { LogRecord, LoggedChange } from '../records/log-record.ts';
import type { Step } from '../protocol/transactions.ts';

/** The most records that one request reads. */
const mostRecords = mostSteps - 1;

export interface NumberedRecord extends LogRecord {
  readonly number: number;
}

/**
 * Reads the records after the write `after` up to `last`, as many as one request brings. Undefined when the servers do
 * not have all of them.
 */
export async function readRecords(
  { connection, keyspace, known }: ConsulContext,
  after: number,
  last: number,
  signal: AbortSignal,
): Promise<readonly NumberedRecord[] | undefined> {
  const numbers = Array.from({ length: Math.min(mostRecords, last - after) }, (_, at) => after + 1 + at);
  const steps = numbers.map((number): Step => ({ verb: 'get', name: keyspace.recordOf(number) }));
  const { entries, refused: why } = await readSteps(connection, steps, { kind: 'read', signal });
  if (entries === undefined) {
    if ([...why.values()].every((text) => /doesn't exist$/.test(text))) return undefined;
    throw refused([...why.values()].join());
  }
  return numbers.flatMap((number) => {
    const entry = entries.get(keyspace.recordOf(number));
    if (entry === undefined) return [];
    const record = recordOf(entry);
    for (const { key, value, isLarge } of record.changes ?? [])
      known.learnWrite(key, number, entry.modifyIndex, value === undefined && isLarge !== true);
    return [{ number, ...record }];
  });
}

/** The change with its value. Undefined where the value was only at its key, and is not there any more. */
export async function toldChange(
  context: ConsulContext,
  number: number,
  { key, value, isLarge }: LoggedChange,
  signal: AbortSignal,
): Promise<DriverChange | undefined> {
  const revision = BigInt(number);
  if (value !== undefined) return { key, pair: { key, value, lastIndex: revision }, revision };
  if (isLarge !== true) return { key, pair: undefined, revision };
  const name = context.keyspace.nameOf(key);
  const { entries } = await readNames(context, [name], { stale: false, signal });
  const entry = entries.get(name);
  if (entry === undefined || lastIndexOf(entry) !== revision) return undefined;
  return { key, pair: { key, value: Uint8Array.from(entry.value), lastIndex: revision }, revision };
}

/** The error of a stream that has told all changes up to `from`, where the next ones are not kept. */
export async function goneAfter(context: ConsulContext, from: bigint, signal: AbortSignal): Promise<Error> {
  const { keyspace } = context;
  const names = new Set(await readKeyNames(context, keyspace.log, '', signal));
  const { number } = (await readNames(context, [], { stale: false, signal })).head;
  let oldest = number;
  while (oldest > 0 && names.has(keyspace.recordOf(oldest))) oldest--;
  // The records may be there, and a value of the next one not.
  const isValueGone = from >= BigInt(oldest) && from < BigInt(number);
  return compacted('consul', from, isValueGone ? from + 1n : BigInt(oldest));
}
