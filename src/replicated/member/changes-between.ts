import { StoreError } from '../../errors/store-error.ts';
import type { Change } from '../../model/proposer.ts';
import { versionOf } from '../../model/version.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { LogAccess, SlotValue } from '../access/log-access.ts';
import type { Entry } from '../log/entry.ts';
import type { Entries } from '../state/entries.ts';
import type { LogState } from '../state/log-state.ts';

/** The parts of a member that reading the past needs. */
export interface PastParts {
  readonly access: LogAccess;
  readonly entries: Entries;
  readonly state: LogState;
}

/** Entries that one read brings. */
const PAGE = 64;

/**
 * The transactions after the version `from`, up to and including `to`, read from the log. Throws `ERR_LOG_COMPACTED`
 * where the log no longer has one of them, also in mid-stream.
 */
export async function* changesBetween(parts: PastParts, from: Version, to: Version): AsyncGenerator<Change, void> {
  const last = to.index;
  let next = from.index + 1;
  if (next > last) return;
  let slot = parts.state.seen.slotOf(next) ?? (await findSlot(parts, next));
  while (next <= last) {
    const values = await parts.access.valuesFrom(slot, PAGE);
    if (values[0]?.slot !== slot) throw await compacted(parts);
    for (const [at, { slot: found, value }] of values.entries()) {
      if (next > last) return;
      const entry = parts.entries.open(found, value);
      if (entry.terms.length > 0) {
        // The entry behind tells whether this one was skipped. Where it is on the next page, that page begins here.
        const behind = values[at + 1];
        if (behind === undefined && at > 0 && found < parts.state.position.slot) break;
        if (await isSkipped(parts, entry, behind)) {
          slot = found + 1;
          continue;
        }
      }
      slot = found + 1;
      if (entry.lastVersion < next) continue;
      if (entry.firstVersion > next) throw await compacted(parts);
      const transactions = await parts.entries.transactionsOf(entry);
      if (transactions === undefined) throw await compacted(parts);
      for (const [position, storeActions] of transactions.entries()) {
        const index = entry.firstVersion + position;
        if (index < next) continue;
        if (index > last) return;
        yield { version: versionOf({ index }), storeActions };
        next = index + 1;
      }
    }
  }
}

/**
 * True for an entry that was skipped because of its terms. Such an entry has none of its versions: the entry behind it
 * begins with the same one.
 */
async function isSkipped(parts: PastParts, entry: Entry, behind: SlotValue | undefined): Promise<boolean> {
  const { position } = parts.state;
  if (position.slot === entry.slot) return position.version < entry.lastVersion;
  const following = behind === undefined ? (await parts.access.valuesFrom(entry.slot + 1, 1))[0] : behind;
  if (following?.slot !== entry.slot + 1) throw await compacted(parts);
  return parts.entries.open(following.slot, following.value).firstVersion <= entry.lastVersion;
}

/** The first slot whose entry reaches a version, by reading O(log entries) of them. */
async function findSlot(parts: PastParts, version: number): Promise<number> {
  const guard = await parts.access.readGuard();
  let low = guard === undefined || guard.record.floor === 0 ? 0 : guard.record.floor + 1;
  let high = parts.state.position.slot;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const entry = await readEntry(parts, middle);
    // An entry that is gone was trimmed: all before it were too.
    if (entry !== undefined && entry.lastVersion >= version) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function readEntry({ access, entries }: PastParts, slot: number): Promise<Entry | undefined> {
  const pair = await access.read(access.keys.entry(slot));
  return pair === undefined ? undefined : entries.open(slot, pair.value);
}

/** The error that names the oldest version of the log. */
async function compacted({ access, entries }: PastParts): Promise<StoreError<'ERR_LOG_COMPACTED'>> {
  const [first] = await access.valuesFrom(0, 1);
  const oldest =
    first === undefined ? undefined : versionOf({ index: entries.open(first.slot, first.value).firstVersion });
  return new StoreError(
    'ERR_LOG_COMPACTED',
    `the log was trimmed; its oldest version is ${oldest === undefined ? 'not known' : String(oldest.index)}. ` +
      'View and watch again, or keep more with the option keepEntries',
    { oldest },
  );
}
