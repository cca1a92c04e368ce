/** Malformed bytes, while the name of the outermost message is not known: that one turns it into a StoreError. */
export class WireError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }

  /** The same error, with an offset that counts from elsewhere. */
  at(move: (offset: number) => number): WireError {
    return new WireError(this.message, move(this.offset));
  }
}

/** A singular message was met a second time: the input has to be read again by the reader that merges them. */
export class RepeatedMessage extends Error {}

/**
 * An error while reading as one about the bytes, undefined when it is about something else (a mistake of ours, which
 * has to pass through). protobufjs throws plain errors and range errors; the reader was at `position` then.
 */
export function malformation(error: unknown, position: number): WireError | undefined {
  if (error instanceof WireError) return error;
  const fromProtobufjs =
    error instanceof RangeError || (error instanceof Error && Object.getPrototypeOf(error) === Error.prototype);
  return fromProtobufjs ? new WireError('an element that is cut off or malformed', position) : undefined;
}
