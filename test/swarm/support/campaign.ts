import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { StoreSnapshot } from 'swarmstate/proto';
import { MemoryStore } from 'swarmstate';
import { isSwarmFolderError, readSwarmFolder } from 'swarmstate/swarm';
import type { SwarmFolder, SwarmFolderErrorCode } from 'swarmstate/swarm';
import { fileOf, Folders, fixtureNames, readFixture } from './fixtures.ts';
import type { Fixture } from './fixtures.ts';

/** The outcome of reading damaged folders: how often each one came. */
export interface Outcomes {
  readonly cases: number;
  readonly right: number;
  readonly errors: Readonly<Partial<Record<SwarmFolderErrorCode, number>>>;
}

/** A fixture, and the contents at each index of its log. */
interface Original extends Fixture {
  readonly states: ReadonlyMap<number, string>;
  readonly whole: SwarmFolder;
  /** Where the entries of the last log file end, by index. */
  readonly ends: readonly { readonly index: number; readonly end: number }[];
}

/**
 * Damages files of real folders, one bit or one length at a time, and reads the folders. Throws where a folder gives
 * contents other than the right ones, or an error without a type. The same seed damages in the same way.
 */
export async function damageFolders(
  cases: number,
  seed: number,
  names: readonly string[] = fixtureNames,
): Promise<Outcomes> {
  const folders = new Folders();
  const random = randomNumbers(seed);
  const errors: Partial<Record<SwarmFolderErrorCode, number>> = {};
  let right = 0;
  try {
    const originals = await Promise.all(names.map((name) => originalOf(name, folders)));
    for (let count = 0; count < cases; count += 1) {
      const original = originals[random(originals.length)] as Original;
      const code = await damageOne(original, random, folders);
      if (code === undefined) right += 1;
      else errors[code] = (errors[code] ?? 0) + 1;
    }
  } finally {
    folders.remove();
  }
  return { cases, right, errors };
}

/** The code of the error that reading ended in; undefined for the right contents. */
async function damageOne(
  original: Original,
  random: (below: number) => number,
  folders: Folders,
): Promise<SwarmFolderErrorCode | undefined> {
  const { name, expected, files, whole, states } = original;
  const paths = [...files.keys()].filter((path) => /\.(?:wal|snap|key)$/.test(path));
  // Half of the cases are in the log.
  const path = random(2) === 0 ? fileOf(original, '.wal')[0] : (paths[random(paths.length)] as string);
  const bytes = Buffer.from(files.get(path) as Buffer);
  const cut = random(4) === 0;
  const at = random(bytes.length);
  const bit = random(8);
  const damaged = cut ? bytes.subarray(0, at) : bytes;
  if (!cut) bytes[at] = (bytes[at] as number) ^ (1 << bit);
  const what = `${name}: ${path} ${cut ? `cut to ${at} bytes` : `with bit ${bit} of byte ${at} flipped`}`;
  const folder = folders.write(new Map([...files, [path, damaged]]));
  try {
    const { store, indexes } = await readSwarmFolder(folder, { unlockKey: expected.unlockKey, redact: false });
    if (fingerprint(store.save()) !== states.get(indexes.applied)) throw new Error(`${what}: other contents`);
    if (cut && path.endsWith('.wal')) {
      const there = original.ends.filter(({ end }) => end <= at).at(-1)?.index ?? whole.indexes.snapshot;
      const last = Math.max(there, whole.indexes.snapshot);
      if (indexes.last !== last) throw new Error(`${what}: ends at ${indexes.last}, and has entries to ${last}`);
    } else if (indexes.applied !== whole.indexes.applied) {
      throw new Error(`${what}: the contents of index ${indexes.applied} in place of ${whole.indexes.applied}`);
    }
    return undefined;
  } catch (error) {
    if (isSwarmFolderError(error)) return error.code;
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function originalOf(name: string, folders: Folders): Promise<Original> {
  const fixture = readFixture(name);
  const path = folders.write(fixture.files);
  const whole = await readSwarmFolder(path, { unlockKey: fixture.expected.unlockKey, redact: false });
  const states = new Map<number, string>();
  const store = new MemoryStore({ history: 0 });
  const snapshot = await contentsOfSnapshot(fixture, folders);
  await store.restore(snapshot);
  states.set(whole.indexes.snapshot, fingerprint(snapshot));
  for await (const { index, actions } of whole.log) {
    if (actions.length > 0) await store.applyStoreActions(actions);
    states.set(index, fingerprint(store.save()));
  }
  const [, log] = fileOf(fixture, '.wal');
  return { ...fixture, whole, states, ends: entryEnds(log) };
}

/** The contents of the snapshot alone: the folder without its log. */
async function contentsOfSnapshot(fixture: Fixture, folders: Folders): Promise<StoreSnapshot> {
  const files = new Map([...fixture.files].filter(([path]) => !path.endsWith('.wal')));
  if (![...files.keys()].some((path) => path.endsWith('.snap'))) return StoreSnapshot.from({});
  const path = folders.write(files);
  const { store } = await readSwarmFolder(path, { unlockKey: fixture.expected.unlockKey, redact: false });
  return store.save();
}

/** Where each entry ends. Written anew here, without the checks of the reader: the file is whole. */
function entryEnds(log: Buffer): { readonly index: number; readonly end: number }[] {
  const ends: { readonly index: number; readonly end: number }[] = [];
  for (let at = 0; at + 8 <= log.length;) {
    const length = log.readUInt32LE(at);
    const padding = (log[at + 7] as number) & 7;
    const end = at + 8 + length + padding;
    if (length === 0 || end > log.length) break;
    const record = log.subarray(at + 8, at + 8 + length);
    if (record[1] === 2) {
      // The type, the checksum (a number of up to five bytes), then the entry.
      let entryAt = 3;
      while ((record[entryAt] as number) >= 0x80) entryAt += 1;
      const index = indexOf(record.subarray(entryAt + 1));
      // The padding is no part of the entry: without it the file ends within the record, too.
      if (index !== undefined) ends.push({ index, end });
    }
    at = end;
  }
  return ends;
}

/** The index of a `raftpb.Entry` behind its tag and length. */
function indexOf(bytes: Buffer): number | undefined {
  let at = 1;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  varint();
  for (let field = 1; field <= 3; field += 1) {
    if (varint() !== field * 8) return undefined;
    const value = varint();
    if (field === 3) return value;
  }
  return undefined;
}

function fingerprint(snapshot: StoreSnapshot): string {
  return createHash('sha256').update(StoreSnapshot.encode(snapshot)).digest('hex');
}

/** Whole numbers below a limit, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
