import { StoreError } from '../../errors/store-error.ts';
import type { KvCondition, KvOperation } from '../../kv/api/calls.ts';
import { failureOf } from '../access/call-time.ts';
import { guardValue } from '../access/log-access.ts';
import type { Guard, LogAccess } from '../access/log-access.ts';
import { isRefusal, SnapshotAccess, snapshotId } from '../access/snapshot-access.ts';
import type { NewSnapshot } from '../access/snapshot-access.ts';
import { deleteThrough } from '../access/trim.ts';
import { newIncarnation } from '../access/env.ts';
import type { Env } from '../access/env.ts';
import { encodeSnapshotHeader, encodeSnapshotPointer } from '../generated/log.ts';
import { CHAIN_START } from '../log/chain.ts';
import type { Entry } from '../log/entry.ts';
import { sealPlain } from '../log/frame.ts';
import type { Frames } from '../log/frame.ts';
import { slotOf } from '../log/layout.ts';
import { logRefused } from '../log/refusal.ts';
import { FORMAT, schemaOf } from '../log/schema.ts';
import { Entries } from '../state/entries.ts';
import type { OpenLog } from '../member/member.ts';
import type { Initial } from './initial-contents.ts';

/** The parts that opening a log needs. */
export interface OpenParts {
  readonly access: LogAccess;
  readonly frames: Frames;
  readonly env: Env;
  readonly readOnly: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Opens the log below a prefix. Where there is none, one is made: with the given contents, or empty. */
export async function openLog(parts: OpenParts, bootstrap: Initial | undefined): Promise<OpenLog> {
  const { access, frames, readOnly, signal } = parts;
  for (let isOurs = false; ;) {
    const guard = await access.readGuard(signal);
    if (guard === undefined) {
      if (readOnly) {
        throw new StoreError(
          'ERR_READ_ONLY',
          `there is no log below ${name(access)} yet, and a member with readOnly cannot make one`,
          {},
        );
      }
      await assertEmpty(parts);
      isOurs = await make(parts, bootstrap);
      continue;
    }
    if (bootstrap !== undefined && !isOurs) throw notEmpty(access);
    return opened(parts, await withEncryption(parts, guard), frames);
  }
}

/** Replaces the log below a prefix, whatever is there. Rejects with `ERR_MEMBERS_ALIVE` while members have it open. */
export async function replaceLog(parts: OpenParts, contents: Initial): Promise<void> {
  const { access, signal } = parts;
  const members = await access.timed(signal, (limited) =>
    access.kv.list(access.keys.members, { keysOnly: true, limit: 20, signal: limited }),
  );
  if (members.length > 0) {
    const names = members.map(({ key }) => key.slice(access.keys.members.length + 1));
    throw new StoreError(
      'ERR_MEMBERS_ALIVE',
      `${names.length} members have the log below ${name(access)} open: stop them first. ` +
        'A member that was killed counts for 15 more seconds',
      { members: names },
    );
  }
  while (!(await replace(parts, contents))) signal?.throwIfAborted();
}

async function opened({ access, signal }: OpenParts, guard: Guard, frames: Frames): Promise<OpenLog> {
  const pair = await access.read(access.keys.entry(0), signal);
  const entries = new Entries(access, frames, guard.record.clusterId);
  const genesis: Entry | undefined = pair === undefined ? undefined : entries.open(0, pair.value);
  return { access, frames, guard, genesis };
}

/** A log without keys that is opened with keys is encrypted from then on; members without keys stop. */
async function withEncryption({ access, frames, readOnly, signal }: OpenParts, guard: Guard): Promise<Guard> {
  let current = guard;
  while (current.record.encrypted !== frames.encrypted) {
    if (current.record.encrypted) {
      throw logRefused('key', access.keys.place(access.keys.cluster), 'the log is encrypted; open the store with keys');
    }
    if (readOnly) return current;
    try {
      await access.write(
        [{ key: access.keys.cluster, lastIndex: current.lastIndex }],
        [{ type: 'put', key: access.keys.cluster, value: guardValue({ ...current.record, encrypted: true }) }],
        signal,
      );
    } catch (error) {
      if (!isRefusal(error) && failureOf(error) !== 'unknown') throw error;
    }
    current = (await access.readGuard(signal)) ?? current;
  }
  return current;
}

/** Makes a log in an empty place. False: another member was faster, or nobody can say. */
async function make(parts: OpenParts, bootstrap: Initial | undefined): Promise<boolean> {
  const { access } = parts;
  const clusterId = newIncarnation(parts.env);
  const version = bootstrap?.version ?? 0;
  const genesis = genesisOf(parts, clusterId, 0, version);
  const absent: KvCondition = { key: access.keys.cluster, exists: false };
  if (bootstrap === undefined) return write(parts, clusterId, [absent], genesis.operations);
  return withSnapshot(parts, clusterId, genesis, bootstrap, [absent]);
}

/**
 * Puts a new log in the place of an old one, in one transaction. The new log begins behind the last slot of the old
 * one, whose entries then lie below the floor and are deleted. A late write of an old member meets another guard.
 */
async function replace(parts: OpenParts, contents: Initial): Promise<boolean> {
  const { access, frames, signal } = parts;
  const { keys, kv } = access;
  const { pairs } = await access.timed(signal, (limited) => kv.read([keys.cluster, keys.pointer], { signal: limited }));
  const [old] = pairs;
  const [last] = await access.timed(signal, (limited) =>
    kv.list(keys.log, { reverse: true, limit: 1, signal: limited }),
  );
  const lastSlot = last === undefined ? -1 : (slotOf(last.key.slice(keys.log.length + 1)) ?? -1);
  const clusterId = newIncarnation(parts.env);
  const oldVersion = last === undefined || old === undefined ? 0 : versionIn(parts, old, lastSlot, last.value);
  const version = Math.max(contents.version, oldVersion);
  const genesis = genesisOf(parts, clusterId, lastSlot + 1, version);
  const conditions: readonly KvCondition[] = [
    old === undefined ? { key: keys.cluster, exists: false } : { key: keys.cluster, lastIndex: old.lastIndex },
    { key: keys.entry(lastSlot + 1), exists: false },
  ];
  const written = await withSnapshot(parts, clusterId, genesis, contents, conditions);
  if (!written) return (await access.readGuard(signal).catch(() => undefined))?.record.clusterId === clusterId;
  const snapshots = new SnapshotAccess(access, frames, clusterId);
  const pointer = await snapshots.pointer(signal);
  await deleteThrough(access, lastSlot, signal);
  if (pointer !== undefined) {
    for (const id of await snapshots.ids(signal)) if (id !== pointer.snapshot.id) await snapshots.remove(id, signal);
  }
  return true;
}

interface Genesis {
  readonly entry: Entry;
  readonly operations: readonly KvOperation[];
}

/** The guard and the first entry of a log. */
function genesisOf({ access, frames, env }: OpenParts, clusterId: string, slot: number, version: number): Genesis {
  const { entry, value } = new Entries(access, frames, clusterId).seal({
    clusterId,
    slot,
    incarnation: newIncarnation(env),
    sequence: 1,
    firstVersion: version + 1,
    count: 0,
    schema: schemaOf(false),
    chain: CHAIN_START,
    requests: [],
    terms: [],
  });
  const record = { clusterId, format: FORMAT, floor: Math.max(0, slot - 1), encrypted: frames.encrypted };
  return {
    entry,
    operations: [
      { type: 'put', key: access.keys.cluster, value: guardValue(record) },
      { type: 'put', key: access.keys.entry(slot), value },
    ],
  };
}

/** Writes contents as a snapshot at the first entry, and then the log with it. */
async function withSnapshot(
  parts: OpenParts,
  clusterId: string,
  { entry, operations }: Genesis,
  contents: Initial,
  conditions: readonly KvCondition[],
): Promise<boolean> {
  const { access, frames, signal } = parts;
  const snapshots = new SnapshotAccess(access, frames, clusterId);
  const { slot, lastVersion: version, hash: chain } = entry;
  const id = snapshotId(slot, entry.incarnation, 0);
  const header = encodeSnapshotHeader({ clusterId, slot, version, chain, schema: schemaOf(false), incarnations: [] });
  const snapshot: NewSnapshot = await snapshots.begin(id, header, signal);
  await contents.write(snapshot, snapshots.chunkBytes);
  const { chunks, bytes, sha256 } = snapshot;
  const pointer = sealPlain(encodeSnapshotPointer({ clusterId, id, slot, version, chunks, bytes, sha256 }));
  const written = await write(
    parts,
    clusterId,
    [...conditions, { key: access.keys.snapshot(id), exists: true }],
    [...operations, { type: 'put', key: access.keys.pointer, value: pointer }],
  );
  if (!written) await snapshots.remove(id, signal).catch(() => undefined);
  return written;
}

/** Writes a new log. False: the place was taken. After an unknown outcome, the guard tells. */
async function write(
  { access, signal }: OpenParts,
  clusterId: string,
  conditions: readonly KvCondition[],
  operations: readonly KvOperation[],
): Promise<boolean> {
  try {
    await access.write(conditions, operations, signal);
    return true;
  } catch (error) {
    if (!isRefusal(error) && failureOf(error) !== 'unknown') throw error;
    return (await access.readGuard(signal))?.record.clusterId === clusterId;
  }
}

/** The version of an old log's last entry; 0 where it cannot be read. */
function versionIn(
  { access, frames }: OpenParts,
  guard: { readonly key: string; readonly value: Uint8Array; readonly lastIndex: bigint },
  slot: number,
  value: Uint8Array,
): number {
  try {
    const { clusterId } = access.guardOf(guard).record;
    return new Entries(access, frames, clusterId).open(slot, value).lastVersion;
  } catch {
    // The log is to be replaced because it is damaged.
    return 0;
  }
}

/** Throws `ERR_LOG_REFUSED` where something else is below the prefix. */
async function assertEmpty({ access, signal }: OpenParts): Promise<void> {
  const { kv, keys } = access;
  const pairs = await access.timed(signal, (limited) =>
    kv.list(keys.prefix, { keysOnly: true, limit: 100, signal: limited }),
  );
  for (const { key } of pairs) {
    // The remains of a bootstrap that did not end.
    if (key.startsWith(`${keys.snapshots}/`)) continue;
    const guard = await access.readGuard(signal);
    if (guard !== undefined) return;
    throw logRefused(
      'foreign',
      keys.place(key),
      `something else is below ${name(access)}; give the log a prefix of its own`,
    );
  }
}

function notEmpty(access: LogAccess): StoreError<'ERR_NOT_EMPTY'> {
  return new StoreError(
    'ERR_NOT_EMPTY',
    `there is a log below ${name(access)} already, so it was not started from a snapshot; ` +
      'open it without bootstrap, or replace it with recover',
    { prefix: access.keys.prefix },
  );
}

function name({ kv, keys }: LogAccess): string {
  return `${JSON.stringify(keys.prefix)} in ${kv.backend}`;
}
