import type { Commit } from '../../model/events.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { FeedView } from './view.ts';

/** Encodes objects of contents, one after the other. */
export interface ObjectWriter {
  /** The number of bytes that wait for `take`. */
  readonly length: number;
  add<K extends Kind>(kind: K, object: Kinds[K]): void;
  /** The frame of the objects since the last call. */
  take(): Uint8Array;
  /** Counts the objects of a frame that another writer of this format has encoded. Nothing may wait for `take`. */
  pass?(frame: Uint8Array, objects: number): void;
  /** The frame behind all objects, where the format has one. */
  end?(): Uint8Array;
}

/** How the frames of a feed are encoded. A frame is one message of the transport. */
export interface FeedFormat {
  /** Contents begin. */
  contents(version: Version | undefined, objects: number, view: FeedView): Uint8Array;
  objects(): ObjectWriter;
  /** The contents are complete, or the peer goes on after this version. Commits follow. */
  live(version: Version | undefined, view: FeedView): Uint8Array;
  commit(commit: Commit): Uint8Array;
}
