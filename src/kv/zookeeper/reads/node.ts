import { valueOf } from '../layout/value.ts';
import type { KvPair } from '../../api/calls.ts';
import type { ZkNode } from '../connection/node.ts';
import type { Session } from '../connection/session.ts';

/** The node of a key. */
export interface KeyNode {
  readonly path: string;
  /** Undefined for a node that only has keys below it. */
  readonly pair: KvPair | undefined;
  readonly lease: string | undefined;
  readonly version: number;
  readonly children: number;
}

/** The node of a key; undefined when there is none. */
export async function readNode(session: Session, key: string, path: string): Promise<KeyNode | undefined> {
  return nodeOf(key, path, await session.getOrUndefined(path));
}

/** A key and the path of its node. */
export interface KeyPath {
  readonly key: string;
  readonly path: string;
}

/** The nodes of several keys, in their order; undefined for those that are not there. */
export async function readNodes(session: Session, keys: readonly KeyPath[]): Promise<readonly (KeyNode | undefined)[]> {
  const nodes = await session.getMany(keys.map(({ path }) => path));
  return keys.map(({ key, path }, at) => nodeOf(key, path, nodes[at]));
}

/** The node of a key, out of what a server has at its path; undefined for nothing. */
export function nodeOf(key: string, path: string, node: ZkNode | undefined): KeyNode | undefined {
  if (node === undefined) return undefined;
  const { data, stat } = node;
  const stored = valueOf(data);
  const { version, numChildren: children } = stat;
  if (stored === undefined) return { path, pair: undefined, lease: undefined, version, children };
  const pair = { key, value: stored.value, lastIndex: stat.mzxid.readBigInt64BE() };
  return { path, pair, lease: stored.lease, version, children };
}

/** The node of a key, with an empty value and without its lease. */
export async function readNodeKey(session: Session, key: string, path: string): Promise<KeyNode | undefined> {
  const stat = await session.stat(path);
  if (stat === undefined) return undefined;
  const { version, numChildren: children, dataLength } = stat;
  const pair = dataLength === 0 ? undefined : { key, value: new Uint8Array(), lastIndex: stat.mzxid.readBigInt64BE() };
  return { path, pair, lease: undefined, version, children };
}
