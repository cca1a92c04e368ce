import type { Frames } from '../log/frame.ts';
import { digits } from '../log/layout.ts';
import type { Guard, LogAccess } from './log-access.ts';
import { guardValue } from './log-access.ts';
import { isRefusal } from './snapshot-access.ts';

/** Entries that one step of a trim deletes, at most. */
const STEP = 1000;

/**
 * Raises the floor of a log, then deletes the entries and parts up to it. The floor rises first, in a transaction of
 * its own (trap 4). Entries are deleted upwards, so that the entry in front of a slot is gone before the slot itself is
 * empty. False: another member changed the guard meanwhile, and nothing was deleted.
 */
export async function trimLog(
  access: LogAccess,
  frames: Frames,
  guard: Guard,
  floor: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const { keys } = access;
  if (floor > guard.record.floor) {
    try {
      await access.write(
        [{ key: keys.cluster, lastIndex: guard.lastIndex }],
        [
          {
            type: 'put',
            key: keys.cluster,
            value: guardValue({ ...guard.record, floor, encrypted: frames.encrypted }),
          },
        ],
        signal,
      );
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }
  await deleteThrough(access, floor, signal);
  return true;
}

/** Deletes the entries and parts of the slots up to `floor`, in order. The floor has risen before. */
export async function deleteThrough(access: LogAccess, floor: number, signal?: AbortSignal): Promise<void> {
  const { keys, kv } = access;
  for (;;) {
    const oldest = await access.timed(signal, (limited) =>
      kv.list(keys.log, { limit: 1, keysOnly: true, before: keys.entry(floor + 1), signal: limited }),
    );
    const [first] = oldest;
    if (first === undefined) break;
    const last = Math.min(floor, access.slotOf(first.key) + STEP - 1);
    await access.timed(signal, (limited) =>
      kv.deleteRange(keys.log, { before: keys.entry(last + 1), signal: limited }),
    );
  }
  await access.timed(signal, (limited) =>
    kv.deleteRange(keys.parts, { before: `${keys.parts}/${digits(floor + 1)}`, signal: limited }),
  );
}
