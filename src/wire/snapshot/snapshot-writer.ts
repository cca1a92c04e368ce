import { kindTypes, snapshotTags } from '../generated/kinds.ts';
import type { Kind, Kinds } from '../generated/kinds.ts';
import { WireWriter } from '../writing/wire-writer.ts';

/**
 * Encodes a `StoreSnapshot` object by object: what it gives, put together, are the bytes that `StoreSnapshot.encode`
 * gives for the whole, if the objects come in the order of `snapshotKinds`.
 */
export class SnapshotWriter {
  readonly #writer: WireWriter = new WireWriter();

  /** How many bytes wait to be taken. */
  get length(): number {
    return this.#writer.pos;
  }

  /** Adds a canonical object. */
  add<K extends Kind>(kind: K, object: Kinds[K]): void {
    this.#writer.messageField(snapshotTags[kind], object, kindTypes[kind]);
  }

  /** The bytes since the last call, in memory of their own. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#writer.take();
  }
}
