/**
 * A type of message, as a reader uses it. The reader's class is a parameter, so that this file and the classes of the
 * readers do not import each other.
 */
export interface ReadableType<M extends object, Reader> {
  /** The message without any field set. */
  readonly empty: M;
  /** True for the ten types of objects that a store holds. */
  readonly isStored: boolean;
  /** The tags of the singular messages, whose occurrences are merged. */
  readonly mergingTags: readonly number[];
  /** Reads the fields up to the reader's limit. */
  read(reader: Reader): M;
  /** True for a message with bytes in it. */
  holdsBytes(value: M): boolean;
}

/** The members of a reader that {@link SharedMessages} uses. */
export interface ContentsReader {
  readonly buf: Uint8Array;
  pos: number;
  /** Reads a message whose contents are between the position and `end`. */
  readUpTo<M extends object>(end: number, type: ReadableType<M, ContentsReader>): M;
}
