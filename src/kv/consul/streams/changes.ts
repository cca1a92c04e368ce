import { readNames } from '../reading/snapshots.ts';
import { repeated } from './follow.ts';
import { isAborted } from './is-aborted.ts';
import { News } from './news.ts';
import { goneAfter, readRecords, toldChange } from './records.ts';
import type { DriverChange, DriverChanges } from '../../backend/driver.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Head } from '../records/head.ts';
import type { ConsulPulse } from './pulse.ts';
import type { NumberedRecord } from './records.ts';

/** Gives every change of keys with a prefix after the write `from`, or after the call. See `KvDriver.changes`. */
export async function* changesOf(
  context: ConsulContext,
  pulse: ConsulPulse,
  prefix: string,
  from: bigint | undefined,
  signal: AbortSignal,
): AsyncGenerator<DriverChanges, void> {
  const news = new News(pulse, { prefix: '' }, signal);
  const readHead = (): Promise<Head | undefined> =>
    repeated(context, signal, async () => (await readNames(context, [], { stale: false, signal })).head);
  const gone = (after: number | bigint): Promise<Error> => goneAfter(context, BigInt(after), signal);
  try {
    let head = await readHead();
    if (head === undefined) return;
    if (from !== undefined && from > BigInt(head.number)) throw await gone(from);
    let after = from === undefined ? head.number : Number(from);
    /** The id of the write `after`; undefined while it is not known. */
    let id = from === undefined ? head.id : undefined;
    let isBegun = false;
    while (!signal.aborted) {
      if (head.number < after) throw await gone(after);
      const [start, last] = [after, head.number];
      const records =
        start === last ? [] : await repeated(context, signal, () => readRecords(context, start, last, signal));
      if (isAborted(signal)) return;
      if (records === undefined) throw await gone(after);
      if (!isBegun) {
        isBegun = true;
        yield { revision: BigInt(after), changes: [] };
      }
      for (const record of records) {
        // Servers that were set back and written to since have another write of that number.
        if (id !== undefined && record.previous !== id) throw await gone(after);
        id = record.id;
        const changes = await toldChanges(context, prefix, record, signal);
        if (isAborted(signal)) return;
        if (changes === undefined) throw await gone(after);
        after = record.number;
        if (changes.length > 0) yield { revision: BigInt(after), changes };
      }
      if (after >= head.number) {
        if (id !== undefined && head.number === after && head.id !== id) throw await gone(after);
        await news.next(signal);
      }
      const next = await readHead();
      if (next === undefined) return;
      head = next;
    }
  } finally {
    news.close();
  }
}

/** The changes of a record below the prefix; undefined when the servers do not have all of them. */
async function toldChanges(
  context: ConsulContext,
  prefix: string,
  { number, changes }: NumberedRecord,
  signal: AbortSignal,
): Promise<readonly DriverChange[] | undefined> {
  const told: DriverChange[] = [];
  if (changes === undefined) return undefined;
  for (const change of changes) {
    if (!change.key.startsWith(prefix)) continue;
    const whole = await repeated(context, signal, () => toldChange(context, number, change, signal));
    if (whole === undefined) return undefined;
    told.push(whole);
  }
  return told;
}
