import { dataOf, noKey } from '../layout/value.ts';
import { parentOf } from './nodes.ts';
import type { DriverOperation } from '../../backend/driver.ts';
import type { ZkOperation } from '../connection/client.ts';
import type { EntryChange } from '../layout/entry.ts';
import type { Keyspace } from '../layout/keyspace.ts';
import type { KeyNode } from '../reads/node.ts';
import type { Plan } from './transaction.ts';

/** A key that is to expire. */
export interface NewLease {
  readonly id: string;
  readonly key: string;
  readonly ttl: number;
}

export interface KeyPlan extends Plan {
  readonly leases: readonly NewLease[];
  /** Nodes that are to be made: those above these paths. */
  readonly created: readonly string[];
  /** Nodes that may be without use afterwards. */
  readonly emptied: readonly string[];
}

/** How operations change the nodes that were read. `write` is the number that the write will have. */
export function planOf(
  keyspace: Keyspace,
  operations: readonly DriverOperation[],
  nodes: ReadonlyMap<string, KeyNode | undefined>,
  write: number,
): KeyPlan {
  const changes: EntryChange[] = [];
  const steps: ZkOperation[] = [];
  const leases: NewLease[] = [];
  const created: string[] = [];
  const emptied: string[] = [];
  for (const [index, operation] of operations.entries()) {
    const { key } = operation;
    const node = nodes.get(key);
    if (operation.type === 'put') {
      const { ttl, value } = operation;
      const lease = ttl === undefined ? undefined : { id: `${write}-${index}`, key, ttl };
      const data = dataOf(value, lease?.id);
      if (node === undefined) {
        const path = keyspace.pathOf(key);
        steps.push({ type: 'create', path, data });
        created.push(path);
      } else steps.push({ type: 'set', path: node.path, data, version: node.version });
      if (lease !== undefined) {
        leases.push(lease);
        steps.push({ type: 'create', path: keyspace.leaseOf(lease.id), data: Buffer.from(`${lease.ttl} ${key}`) });
      }
      changes.push({ type: 'put', key, value });
    } else {
      if (node?.pair === undefined) continue;
      const hasNew = operations.some((other) => other.type === 'put' && other.key.startsWith(`${key}/`));
      steps.push(deletion(node.path, node.version, node.children > 0 || hasNew));
      emptied.push(node.children > 0 ? node.path : parentOf(node.path));
      changes.push({ type: 'delete', key });
    }
    if (node?.lease !== undefined) steps.push({ type: 'remove', path: keyspace.leaseOf(node.lease), version: -1 });
  }
  return { changes, operations: steps, leases, created, emptied };
}

/** Deletes a key: its node goes, or stays without data where there are nodes below it. */
export function deletion(path: string, version: number, hasChildren: boolean): ZkOperation {
  return hasChildren ? { type: 'set', path, data: noKey, version } : { type: 'remove', path, version };
}
