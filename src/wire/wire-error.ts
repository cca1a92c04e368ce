/** Malformed bytes, while the name of the outermost message is not known: that one turns it into a StoreError. */
export class WireError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** A singular message was met a second time: the input has to be read again by the reader that merges them. */
export class RepeatedMessage extends Error {}
