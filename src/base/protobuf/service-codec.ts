import { Reader, Writer } from 'protobufjs/minimal.js';

/** A reader of bytes. The bytes of decoded messages share the memory of these. */
export function readerOf(bytes: Uint8Array): Reader {
  return Reader.create(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** The bytes of a message. */
export function encoded<M>(write: (message: M, writer: Writer) => void, message: M): Buffer {
  const writer = Writer.create();
  write(message, writer);
  const bytes = writer.finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads a length, and limits the reader to so many bytes. Gives the limit before, which `reader.len` gets back. */
export function enter(reader: Reader): number {
  const outer = reader.len;
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > outer) throw new RangeError(`a length of ${length} reaches beyond the end of the message`);
  reader.len = end;
  return outer;
}

/** Reads a message with its length in front. With `before`, the fields are merged into that one. */
export function readNested<M, U>(reader: Reader, read: (reader: Reader, before?: U) => M, before?: U): M {
  const outer = enter(reader);
  const message = read(reader, before);
  reader.len = outer;
  return message;
}

/** Reads an element of a list of numbers, or all elements behind one tag. */
export function readNumbers<N>(reader: Reader, tag: number, list: N[], read: (reader: Reader) => N): void {
  if ((tag & 7) !== 2) {
    list.push(read(reader));
    return;
  }
  const outer = enter(reader);
  while (reader.pos < reader.len) list.push(read(reader));
  reader.len = outer;
}

/** Passes over a field that the message does not declare. */
export function skipField(reader: Reader, tag: number): void {
  reader.skipType(tag & 7, 0, tag >>> 3);
}

/** Writes a message behind its tag and its length, also an empty one. */
export function writeNested<M>(
  writer: Writer,
  tag: number,
  write: (message: M, writer: Writer) => void,
  message: M,
): void {
  writer.uint32(tag).fork();
  write(message, writer);
  writer.ldelim();
}
