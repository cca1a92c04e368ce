import type { Node, Task } from 'swarmstate';

/**
 * What a contender has to know about a kind of objects: its indexes besides the one on the id, and which of them `find`
 * asks.
 */
export interface Shape<T extends Identified> {
  /** Those with one key. */
  readonly single: Readonly<Record<string, (object: T) => string | number>>;
  /**
   * Those with any number of keys, each with the part of the object that the keys are made of: when two objects share
   * it, they have the same ones.
   */
  readonly several: Readonly<
    Record<string, { readonly source: (object: T) => unknown; readonly keys: (object: T) => readonly string[] }>
  >;
  /** The index that `find` asks, one of `single`. */
  readonly found: string;
  /** The key that the text of a question means. */
  readonly keyOf: (text: string) => string;
}

/** What all objects of the store have. */
export interface Identified {
  readonly id: string;
}

interface CustomKey {
  readonly key: string;
  readonly val: string;
}

const customKeys = (indices: readonly CustomKey[]): readonly string[] => indices.map(({ key, val }) => `${key}|${val}`);

/** The twelve indexes of tasks. */
export const taskShape: Shape<Task> = {
  single: {
    name: (task) => task.annotations.name.toLowerCase(),
    serviceId: (task) => task.serviceId,
    nodeId: (task) => task.nodeId,
    slotKey: (task) => `${task.serviceId}|${String(task.slot)}`,
    desiredState: (task) => task.desiredState,
    state: (task) => task.status.state,
    runtime: (task) => (task.spec.container === undefined ? 'other' : 'container'),
  },
  several: {
    networks: { source: (task) => task.spec.networks, keys: (task) => task.spec.networks.map(({ target }) => target) },
    secrets: {
      source: (task) => task.spec.container?.secrets,
      keys: (task) => (task.spec.container?.secrets ?? []).map(({ secretId }) => secretId),
    },
    configs: {
      source: (task) => task.spec.container?.configs,
      keys: (task) => (task.spec.container?.configs ?? []).map(({ configId }) => configId),
    },
    volumes: { source: (task) => task.volumes, keys: (task) => task.volumes.map(({ id }) => id) },
    custom: { source: (task) => task.annotations.indices, keys: (task) => customKeys(task.annotations.indices) },
  },
  found: 'nodeId',
  keyOf: (nodeId) => nodeId,
};

/** The four indexes of nodes. Their names are found in capitals and small letters alike. */
export const nodeShape: Shape<Node> = {
  single: {
    name: (node) => (node.description?.hostname ?? '').toLowerCase(),
    role: (node) => node.role,
    membership: (node) => node.spec.membership,
  },
  several: {
    custom: {
      source: (node) => node.spec.annotations.indices,
      keys: (node) => customKeys(node.spec.annotations.indices),
    },
  },
  found: 'name',
  keyOf: (name) => name.toLowerCase(),
};

/** The keys of an object by the names of its indexes, for stores whose indexes are on members of what they keep. */
export function keysOf<T extends Identified>(
  { single, several }: Shape<T>,
  object: T,
): { readonly one: Record<string, string | number>; readonly many: Record<string, readonly string[]> } {
  return {
    one: Object.fromEntries(Object.entries(single).map(([name, keyOf]) => [name, keyOf(object)])),
    many: Object.fromEntries(Object.entries(several).map(([name, { keys }]) => [name, keys(object)])),
  };
}
