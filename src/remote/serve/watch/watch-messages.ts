import { redactObject } from '../../../readable/redact.ts';
import type { Commit, ObjectEvent } from '../../../model/events.ts';
import { WatchActionKind } from '../../../wire/generated/enums.ts';
import type { Kind, Kinds } from '../../../wire/generated/kinds.ts';
import { WatchMessage, WatchObject } from '../../../wire/generated/watch.ts';

const actions: Readonly<Record<ObjectEvent['action'], WatchActionKind>> = {
  create: WatchActionKind.CREATE,
  update: WatchActionKind.UPDATE,
  delete: WatchActionKind.REMOVE,
};

/** The content of a message. */
export interface MessageTraits {
  /** True where the data of secrets may be in it. */
  readonly secrets: boolean;
  /** True where an update comes with the object before it, where that is known. */
  readonly oldObjects: boolean;
}

/** The bytes of the message of a commit. O(objects). */
function messageOf({ events, version }: Commit, { secrets, oldObjects }: MessageTraits): Uint8Array {
  const redaction = !secrets;
  return WatchMessage.encode({
    events: events.map((event) => ({
      action: actions[event.action],
      object: objectOf(event.kind, redactObject(event.kind, event.object, redaction)),
      oldObject:
        oldObjects && event.oldObject !== undefined
          ? objectOf(event.kind, redactObject(event.kind, event.oldObject, redaction))
          : undefined,
    })),
    version,
  });
}

function objectOf<K extends Kind>(kind: K, object: Kinds[K]): WatchObject {
  return WatchObject.from({ [kind]: object });
}

/** Shares the bytes of a commit's message among the streams that send the same one. */
export class SharedMessages {
  /** The bytes by commit, for each of the four traits. Commits are shared by watchers that select the same. */
  readonly #bytes: readonly WeakMap<Commit, Uint8Array>[] = Array.from({ length: 4 }, () => new WeakMap());

  of(commit: Commit, traits: MessageTraits): Uint8Array {
    const shared = this.#bytes[(traits.secrets ? 1 : 0) + (traits.oldObjects ? 2 : 0)] as WeakMap<Commit, Uint8Array>;
    let bytes = shared.get(commit);
    if (bytes === undefined) {
      bytes = messageOf(commit, traits);
      shared.set(commit, bytes);
    }
    return bytes;
  }
}
