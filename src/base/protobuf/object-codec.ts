import type { Reader, Writer } from 'protobufjs/minimal.js';
import type { Sparse } from './service-messages.ts';

/** The codec of a message that has a codec of its own. */
interface ObjectCodec<M, Input> {
  encode(input: Input): Uint8Array<ArrayBuffer>;
  decode(bytes: Uint8Array): M;
}

/** Reads a message with its length in front. */
export function readObject<M, Input>(reader: Reader, codec: ObjectCodec<M, Input>): M {
  return codec.decode(reader.bytes());
}

/** Writes a message behind its tag and its length. */
export function writeObject<M, Input>(
  writer: Writer,
  tag: number,
  codec: ObjectCodec<M, Input>,
  message: Sparse<M>,
): void {
  writer.uint32(tag).bytes(codec.encode(message as unknown as Input));
}

/** The bytes of a message. */
export function encodedObject<M, Input>(codec: ObjectCodec<M, Input>, message: Sparse<M>): Buffer {
  const bytes = codec.encode(message as unknown as Input);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
