import { crc32c } from '../../base/crc32c.ts';
import type { ObjectEvent } from '../../model/events.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { sealOf } from '../../wire/snapshot/seal.ts';
import { SnapshotWriter } from '../../wire/snapshot/snapshot-writer.ts';
import type { FeedFormat, ObjectWriter } from '../feed/feed-format.ts';
import type { FeedView } from '../feed/view.ts';
import { decodeFollowMessage, encodeFollowMessage, FollowAction } from './generated/follow.ts';
import type { FollowChange, FollowMessage } from './generated/follow.ts';
import type { Sparse } from '../../base/protobuf/service-messages.ts';

/** The number of the format, which a change of the messages raises. */
export const FORMAT = 1;

/** The tag of the checksum, field 15 as `fixed32`. */
const CHECKSUM_TAG = 125;

/** The bytes of the checksum and its tag. */
const CHECKSUM_BYTES = 5;

const actions = {
  create: FollowAction.FOLLOW_CREATE,
  update: FollowAction.FOLLOW_UPDATE,
  delete: FollowAction.FOLLOW_DELETE,
} as const;

/** The bytes of a message, with the checksum at the end. */
export function messageBytes(message: Sparse<FollowMessage>): Uint8Array {
  const body = encodeFollowMessage(message);
  const bytes = new Uint8Array(body.length + CHECKSUM_BYTES);
  bytes.set(body);
  bytes[body.length] = CHECKSUM_TAG;
  new DataView(bytes.buffer).setUint32(body.length + 1, crc32c(body), true);
  return bytes;
}

/** True where a message ends with the checksum of its bytes. */
export function isWhole(bytes: Uint8Array): boolean {
  const at = bytes.length - CHECKSUM_BYTES;
  if (at < 0 || bytes[at] !== CHECKSUM_TAG) return false;
  const checksum = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 1, true);
  return checksum === crc32c(bytes.subarray(0, at));
}

/** A message with nothing but the checksum. */
export const heartbeat: Uint8Array = messageBytes({});

/** Feeds as messages of `swarmstate.v1.Follow`. */
export function messageFormat(heartbeatMs: number): FeedFormat {
  const beginning = (version: Version | undefined, { name }: FeedView): FollowMessage['live'] => ({
    format: FORMAT,
    ...(version === undefined ? {} : { version }),
    view: name,
    heartbeatMs,
  });
  return {
    contents: (version, _, view) => messageBytes({ contents: beginning(version, view) }),
    objects: () => new SealedObjects(),
    live: (version, view) => messageBytes({ live: beginning(version, view) }),
    commit: ({ version, events }) =>
      messageBytes({ commit: { ...(version === undefined ? {} : { version }), changes: events.map(changeOf) } }),
  };
}

function changeOf({ action, kind, object, oldObject }: ObjectEvent): FollowChange {
  return {
    action: actions[action],
    object: { [kind]: object },
    oldObject: oldObject === undefined ? undefined : { [kind]: oldObject },
  };
}

/** Chunks of a saved snapshot. */
class SealedObjects implements ObjectWriter {
  readonly #writer = new SnapshotWriter();
  #objects = 0;
  #checksum = 0;

  get length(): number {
    return this.#writer.length;
  }

  add<K extends Kind>(kind: K, object: Kinds[K]): void {
    this.#objects += 1;
    this.#writer.add(kind, object);
  }

  take(): Uint8Array {
    const chunk = this.#writer.take();
    this.#checksum = crc32c(chunk, this.#checksum);
    return messageBytes({ chunk });
  }

  pass(frame: Uint8Array, objects: number): void {
    this.#objects += objects;
    this.#checksum = crc32c(decodeFollowMessage(frame).chunk, this.#checksum);
  }

  end(): Uint8Array {
    return messageBytes({ chunk: sealOf(this.#objects, this.#checksum) });
  }
}
