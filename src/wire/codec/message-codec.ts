import type { JsonValue } from '../values/types.ts';

/**
 * Reads, writes and checks one type of message.
 *
 * Every object that a codec gives is canonical: scalars, enums, lists, maps and the messages that the wire always holds
 * are present, other messages and oneof members only when set; it is deeply frozen (bytes excepted, which JavaScript
 * cannot freeze) and shares its empty parts.
 *
 * @example
 * ```ts
 * import { Task, TaskState } from 'swarmstate/proto';
 *
 * const bytes = Task.encode({ id: 'a1', desiredState: TaskState.RUNNING, spec: { container: { image: 'nginx' } } });
 * const task = Task.decode(bytes);
 * const moved = Task.from({ ...task, nodeId: 'n1' }); // moved.spec is task.spec
 * console.log(JSON.stringify(Task.toJson(moved))); // {"id":"a1",…,"node_id":"n1",…,"desired_state":"RUNNING"}
 * ```
 */
export interface MessageCodec<M, Input = M> {
  /** The full name of the type, such as `docker.swarmkit.v1.Task`. */
  readonly typeName: string;

  /**
   * The bytes of a message: the same for the same contents, with map entries in the order of their keys. O(size).
   *
   * @throws StoreError `ERR_INVALID_OBJECT` with the path of a field that the message cannot hold;
   * `ERR_INVALID_SNAPSHOT` for a `Snapshot` of a version other than 0.
   */
  encode(input: Input): Uint8Array<ArrayBuffer>;

  /**
   * The message that the bytes hold. Fields that this release does not know are dropped. O(size); nothing refers to the
   * input afterwards.
   *
   * @throws StoreError `ERR_DECODE` with the offset for malformed bytes; `ERR_INVALID_SNAPSHOT` for a `Snapshot` of a
   * version other than 0.
   */
  decode(bytes: Uint8Array): M;

  /**
   * The canonical form of an input, which is never touched. Parts that are canonical already are shared, not copied.
   * Where a part equals that of `previous` by value, previous' own is used; when all is equal, the result is
   * `previous`.
   *
   * @throws StoreError `ERR_INVALID_OBJECT` with the path of a field that the message cannot hold.
   */
  from(input: Input, previous?: M): M;

  /**
   * The message in protobuf's JSON mapping, with the names of the .proto files: enums by name, 64-bit integers as
   * decimal strings, bytes in base64, defaults left out. The payload of an `Any` stays bytes: `{ "@type": …, "value":
   * base64 }`.
   *
   * @throws StoreError `ERR_INVALID_OBJECT` for a time or duration that the mapping cannot express.
   */
  toJson(value: Input): JsonValue;

  /**
   * The message that a JSON value describes. Names are taken as in the .proto files or in lowerCamelCase, enums by name
   * or number, 64-bit integers as strings or numbers, bytes in base64 or base64url; null stands for the default.
   *
   * @throws StoreError `ERR_INVALID_OBJECT` with the path of what is unknown or of the wrong type.
   */
  fromJson(json: JsonValue): M;
}
