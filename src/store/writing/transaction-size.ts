import { varintSize } from '../../base/varint.ts';
import { StoreAction } from '../../wire/generated/raft.ts';

/** A request's id in front of its actions: a tag, and the longest 64-bit number. */
const ID_BYTES = 11;

/** How many bytes an action adds to the encoded `InternalRaftRequest`. Exact; it costs an encoding. */
export function actionSize(action: StoreAction): number {
  const { length } = StoreAction.encode(action);
  return 1 + varintSize(length) + length;
}

/** How many bytes the encoded request has whose actions have these sizes together, with the longest id. */
export function requestSize(actionSizes: number): number {
  return ID_BYTES + actionSizes;
}

/**
 * At least as many bytes as the value takes in a message, found without encoding it: a small fraction of the cost of
 * {@link actionSize}. Every member is taken for the largest that its JavaScript type allows.
 */
export function sizeBound(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 8 + 3 * value.length;
    case 'number':
    case 'bigint':
    case 'boolean':
      return 12;
    case 'object': {
      if (value === null) return 0;
      if (ArrayBuffer.isView(value)) return 8 + value.byteLength;
      let bound = 8;
      for (const key in value) {
        // A map's entry holds its key too; counting that for every member keeps this one loop.
        bound += 16 + 3 * key.length + sizeBound((value as { readonly [key: string]: unknown })[key]);
      }
      return bound;
    }
    default:
      return 0;
  }
}
