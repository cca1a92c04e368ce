import { storeSnapshotType } from '../generated/snapshot.ts';
import { kindTypes } from '../generated/kinds.ts';
import type { Kind, Kinds } from '../generated/kinds.ts';
import { WireWriter } from '../writing/wire-writer.ts';

const lists = Object.entries(kindTypes)
  .map(([kind, type]) => ({
    kind: kind as Kind,
    number: storeSnapshotType.fields.find((field) => (field.type as unknown) === type)?.number ?? 0,
  }))
  .sort((a, b) => a.number - b.number);

/** The kinds in the order in which an encoded `StoreSnapshot` holds their objects. */
export const snapshotKinds: readonly Kind[] = lists.map(({ kind }) => kind);

const tags = Object.fromEntries(lists.map(({ kind, number }) => [kind, number * 8 + 2])) as {
  readonly [K in Kind]: number;
};

/**
 * Encodes a `StoreSnapshot` object by object: what it gives, put together, are the bytes that `StoreSnapshot.encode`
 * gives for the whole, if the objects come in the order of {@link snapshotKinds}.
 */
export class SnapshotWriter {
  readonly #writer: WireWriter = new WireWriter();

  /** How many bytes wait to be taken. */
  get length(): number {
    return this.#writer.pos;
  }

  /** Adds a canonical object. */
  add<K extends Kind>(kind: K, object: Kinds[K]): void {
    this.#writer.messageField(tags[kind], object, kindTypes[kind]);
  }

  /** The bytes since the last call, in memory of their own. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#writer.take();
  }
}
