import type { JsonOptions } from '../json/json-options.ts';
import type { JsonValue } from '../values/types.ts';

/**
 * Reads, writes and checks one type of message.
 *
 * Every object that a codec returns is canonical. Scalars, enums, lists, maps and the messages that the wire always
 * holds are present; other messages and members of a oneof are present when they are set. The object is deeply frozen,
 * except for bytes, which JavaScript cannot freeze. Its empty parts are shared.
 *
 * @example
 * ```ts
 * import { Task, TaskState } from 'swarmstate/proto';
 *
 * const bytes = Task.encode({ id: 'a1', desiredState: TaskState.RUNNING, spec: { container: { image: 'nginx' } } });
 * const task = Task.decode(bytes);
 * const moved = Task.from({ ...task, nodeId: 'n1' }); // moved.spec is task.spec
 * console.log(JSON.stringify(Task.toJson(moved))); // {"id":"a1",…,"nodeId":"n1",…,"desiredState":"RUNNING"}
 * ```
 */
export interface MessageCodec<M, Input = M> {
  /** The full name of the type, such as `docker.swarmkit.v1.Task`. */
  readonly typeName: string;

  /**
   * The bytes of a message. Equal contents give equal bytes: the entries of a map are in the order of its keys.
   * O(size).
   *
   * @throws StoreError `ERR_INVALID_OBJECT` with the path of a field that the message cannot hold;
   * `ERR_INVALID_SNAPSHOT` for a `Snapshot` of a version other than 0.
   */
  encode(input: Input): Uint8Array<ArrayBuffer>;

  /**
   * The message that the bytes hold. Fields that this release does not know are dropped. The message shares no memory
   * with the bytes. O(size).
   *
   * @throws StoreError `ERR_DECODE` with the offset for malformed bytes; `ERR_INVALID_SNAPSHOT` for a `Snapshot` of a
   * version other than 0.
   */
  decode(bytes: Uint8Array): M;

  /**
   * The canonical form of an input. The input is never changed; its canonical parts are shared, not copied. A part that
   * equals the same part of `previous` by value is replaced by it. When all parts are equal, the result is `previous`.
   * O(size) of the parts that are not canonical.
   *
   * @throws StoreError `ERR_INVALID_OBJECT` with the path of a field that the message cannot hold.
   */
  from(input: Input, previous?: M): M;

  /**
   * The message in protobuf's JSON mapping: names in lowerCamelCase, enums by name, 64-bit integers as decimal strings,
   * bytes in base64, defaults left out. `options` chooses other forms. O(size).
   *
   * @throws StoreError `ERR_INVALID_OBJECT` for an `Any` whose type the package does not know (the option
   * `any: 'bytes'` takes every type), for a time or duration that the mapping cannot express, and for an unknown
   * option.
   */
  toJson(value: Input, options?: JsonOptions): JsonValue;

  /**
   * The message that a JSON value describes, in every form that `toJson` writes. Names are lowerCamelCase or those of
   * the .proto files. Enums are names or numbers, 64-bit integers strings or numbers, and bytes base64 or base64url.
   * Null stands for the default. O(size).
   *
   * @throws StoreError `ERR_INVALID_OBJECT` with the path of an unknown name, of an `Any` of an unknown type, or of a
   * value of the wrong type.
   */
  fromJson(json: JsonValue): M;
}
