import { kindTypes, snapshotTags } from '../generated/kinds.ts';
import type { Kind, Kinds } from '../generated/kinds.ts';
import { WireWriter } from '../writing/wire-writer.ts';

/**
 * Encodes a `StoreSnapshot` object by object. If the objects come in the order of `snapshotKinds`, the joined bytes are
 * those of `StoreSnapshot.encode`.
 */
export class SnapshotWriter {
  readonly #writer: WireWriter = new WireWriter();

  /** The number of bytes that wait for {@link take}. */
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
