/** Malformed bytes. The outermost message turns this error into a StoreError, whose text begins with its name. */
export class WireError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }

  /** The same error with a converted offset. */
  at(move: (offset: number) => number): WireError {
    return new WireError(this.message, move(this.offset));
  }
}

/** A singular message occurred a second time. The input has to be read again by a `MergingReader`. */
export class RepeatedMessage extends Error {}

/**
 * The error of a reader as a WireError. Undefined for any other error: that is a bug, which has to be seen. protobufjs
 * throws plain errors and range errors; the reader stands at `position` then.
 */
export function malformation(error: unknown, position: number): WireError | undefined {
  if (error instanceof WireError) return error;
  const fromProtobufjs =
    error instanceof RangeError || (error instanceof Error && Object.getPrototypeOf(error) === Error.prototype);
  return fromProtobufjs ? new WireError('an element that is cut off or malformed', position) : undefined;
}
