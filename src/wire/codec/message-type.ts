import { isDetached, isUint8Array } from '../../base/host/bytes.ts';
import { describe } from '../../base/text/describe.ts';
import { StoreError } from '../../errors/store-error.ts';
import { brandAndFreeze, brandOf } from '../values/brand.ts';
import { copyWithFreshBytes } from '../fields/copied-bytes.ts';
import { isMessageType } from '../fields/field.ts';
import type { FieldDescriptor } from '../fields/field.ts';
import { InputWalk } from '../input/input-walk.ts';
import { jsonToMessage } from '../json/from-json.ts';
import { jsonForm } from '../json/json-options.ts';
import type { JsonOptions } from '../json/json-options.ts';
import { addKnownType } from '../json/known-types.ts';
import type { KnownType } from '../json/known-types.ts';
import { messageToJson } from '../json/to-json.ts';
import { MergingReader } from '../reading/merging-reader.ts';
import type { MessageCodec } from './message-codec.ts';
import type { MessageParts, MetaValue } from './message-parts.ts';
import type { JsonValue } from '../values/types.ts';
import { SharedMessages } from '../reading/shared-messages.ts';
import { malformation, RepeatedMessage } from '../reading/wire-error.ts';
import { WireReader } from '../reading/wire-reader.ts';
import { WireWriter } from '../writing/wire-writer.ts';

/** In an input of this many bytes or more, equal messages become one object. */
const LARGE = 65_536;

/** Encoding never calls a user's code, so that one writer serves all calls. */
const writer = new WireWriter();

/** A walk that is not in use. One walk serves all inputs, unless a getter of an input calls a codec. */
let idleWalk: InputWalk | undefined;

/** A type of message: its codec, and the parts of it that the codecs of other messages use. */
export class MessageType<M extends object, Input = never> implements MessageCodec<M, Input> {
  readonly typeName: string;
  /** The one message of this type without any field set. */
  readonly empty: M;
  /** True when the type has a field of that number. */
  readonly hasNumber: (number: number) => boolean;
  readonly #parts: MessageParts<M>;
  #fields: readonly FieldDescriptor[] | undefined;
  #properties: ReadonlyMap<string, FieldDescriptor> | undefined;
  #numbers: ReadonlySet<number> | undefined;
  #mergingTags: readonly number[] | undefined;
  #byteFields: readonly FieldDescriptor[] | undefined;

  constructor(typeName: string, parts: MessageParts<M>) {
    this.typeName = typeName;
    this.empty = brandAndFreeze(parts.empty, this);
    this.#parts = parts;
    addKnownType(this as unknown as KnownType);
    this.hasNumber = (number) => (this.#numbers ??= new Set(this.fields.map((field) => field.number))).has(number);
  }

  get fields(): readonly FieldDescriptor[] {
    return (this.#fields ??= this.#parts.fields());
  }

  /** The fields by their name in objects. */
  get properties(): ReadonlyMap<string, FieldDescriptor> {
    return (this.#properties ??= new Map(this.fields.map((field) => [field.property, field])));
  }

  same(a: M, b: M): boolean {
    return this.#parts.same(a, b);
  }

  /** {@link MessageCodec.from} for a part of the input that is walked. */
  walk(input: unknown, previous: M | undefined, walk: InputWalk): M {
    return this.#parts.from(input, previous, walk);
  }

  /** Reads the fields up to the reader's limit. */
  read(reader: WireReader): M {
    return this.#parts.read(reader);
  }

  /** Writes the fields of a canonical message. */
  write(target: WireWriter, value: M): void {
    this.#parts.write(target, value);
  }

  /** The tags of the singular messages, whose occurrences are merged. */
  get mergingTags(): readonly number[] {
    return (this.#mergingTags ??= this.fields
      .filter(
        ({ type, label, oneof, goDuration }) =>
          isMessageType(type) && label === 'singular' && oneof === undefined && goDuration !== true,
      )
      .map(({ number }) => number * 8 + 2));
  }

  /** True for a canonical message of this type. */
  is(value: unknown): value is M {
    return brandOf(value) === this;
  }

  /** Finishes a message whose parts are all canonical. */
  seal(record: M): M {
    return this.same(record, this.empty) ? this.empty : brandAndFreeze(record, this);
  }

  /**
   * {@link seal}, unless the same message exists already: as `previous`, or as the input, if that is canonical and no
   * part of it was replaced by a part of `previous`.
   */
  settle(record: M, input: unknown, previous: M | undefined): M {
    if (previous !== undefined && this.same(record, previous)) return previous;
    if (this.is(input) && this.same(record, input)) return input;
    return this.seal(record);
  }

  encode(input: Input): Uint8Array<ArrayBuffer> {
    const value = this.from(input);
    try {
      this.write(writer, value);
      return writer.take();
    } catch (error) {
      writer.clear();
      throw error;
    }
  }

  decode(bytes: Uint8Array): M {
    if (!isUint8Array(bytes) || isDetached(bytes)) {
      const found = isUint8Array(bytes) ? 'one whose memory was transferred' : describe(bytes);
      throw new StoreError('ERR_DECODE', `${this.typeName}.decode takes a Uint8Array, not ${found}.`, {
        messageType: this.typeName,
        offset: 0,
      });
    }
    return this.decodePart(bytes, 0, bytes.length < LARGE ? undefined : new SharedMessages());
  }

  /**
   * {@link decode} of a part of a longer input. The part begins `start` bytes behind the start of the input, from which
   * the offsets in errors count. Parts that are decoded with the same `shared` share equal messages.
   */
  decodePart(bytes: Uint8Array, start: number, shared: SharedMessages | undefined): M {
    const reader = new WireReader(bytes, shared);
    try {
      return this.read(reader);
    } catch (error) {
      if (error instanceof RepeatedMessage) return this.#decodeMerging(bytes, start);
      throw this.#decodeError(error, reader.pos, bytes.length, start);
    }
  }

  from(input: Input, previous?: M): M {
    if (previous === undefined && this.is(input)) return input;
    const walk = idleWalk?.restart(this.typeName) ?? new InputWalk(this.typeName);
    idleWalk = undefined;
    try {
      return this.walk(input, previous, walk);
    } finally {
      idleWalk = walk;
    }
  }

  toJson(value: Input, options?: JsonOptions): JsonValue {
    const form = jsonForm(options);
    return messageToJson(this, this.from(value), new InputWalk(this.typeName), form);
  }

  fromJson(json: JsonValue): M {
    return jsonToMessage(this, json, new InputWalk(this.typeName)) as M;
  }

  /**
   * The message for an immer recipe. A message with bytes is copied along the paths to its bytes, and the bytes are
   * copied too: an edit in place does not reach the original. A message without bytes is returned as it is. O(1) for a
   * type that cannot hold bytes.
   */
  withCopiedBytes(value: M): M {
    return this.holdsBytes(value) ? (copyWithFreshBytes(this, value) as M) : value;
  }

  /** A copy of a canonical object with another canonical meta. Nothing is checked, and all other members are shared. */
  withMeta(value: M, meta: MetaValue): M {
    if (this.#parts.withMeta === undefined) throw new Error(`${this.typeName} has no meta`);
    return brandAndFreeze(this.#parts.withMeta(value, meta), this);
  }

  /** True for a canonical message with bytes in it. Looks only at members that can hold bytes. */
  holdsBytes(value: M): boolean {
    return this.#parts.holdsBytes?.(value) === true;
  }

  get reachesBytes(): boolean {
    return this.#parts.holdsBytes !== undefined;
  }

  /** True for the ten types of objects that a store holds. */
  get isStored(): boolean {
    return this.#parts.withMeta !== undefined;
  }

  /** The fields that hold bytes, or messages that can. */
  get byteFields(): readonly FieldDescriptor[] {
    return (this.#byteFields ??= this.fields.filter(
      ({ type }) => type === 'bytes' || (isMessageType(type) && type.reachesBytes),
    ));
  }

  #decodeMerging(bytes: Uint8Array, start: number): M {
    const reader = new MergingReader(bytes);
    try {
      return reader.root(this);
    } catch (error) {
      throw this.#decodeError(error, reader.pos, bytes.length, start);
    }
  }

  #decodeError(error: unknown, position: number, length: number, start: number): unknown {
    const found = malformation(error, position);
    if (found === undefined) return error;
    const offset = start + Math.min(found.offset, length);
    const message =
      `${this.typeName}: ${found.message}, at byte ${offset} of ${start + length}. ` +
      'The bytes were damaged, or encode another type of message.';
    return new StoreError('ERR_DECODE', message, { messageType: this.typeName, offset }, { cause: error });
  }
}
