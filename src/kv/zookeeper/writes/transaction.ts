import { KvError } from '../../../errors/kv-error.ts';
import { entryData } from '../layout/entry.ts';
import { headData } from '../layout/head.ts';
import type { ZkOperation } from '../connection/client.ts';
import type { EntryChange } from '../layout/entry.ts';
import type { Head } from '../layout/head.ts';
import type { Keyspace } from '../layout/keyspace.ts';

/** The steps of a write on the nodes of keys. */
export interface Plan {
  readonly changes: readonly EntryChange[];
  readonly operations: readonly ZkOperation[];
}

export interface LogLimits {
  /** How many entries are kept. */
  readonly history: number;
  readonly maxPacketBytes: number;
}

/** The most old entries that a write deletes: more than it adds, so that the log gets shorter where it is too long. */
const mostTrimmed = 2;
/** More than the bytes of a step without its path and data. */
const stepBytes = 64;

/** The steps of the log in front of those of the plan. The first one sets the head. */
export function steps(keyspace: Keyspace, head: Head, plan: Plan, limits: LogLimits): readonly ZkOperation[] {
  const write = head.writes + 1;
  const trimmed: ZkOperation[] = [];
  let { first } = head;
  while (write - first >= limits.history && trimmed.length < mostTrimmed) {
    trimmed.push({ type: 'remove', path: keyspace.entryOf(first), version: -1 });
    first++;
    if (first % 1000 === 0) trimmed.push({ type: 'remove', path: keyspace.chunkOf(first - 1), version: -1 });
  }
  const isNewChunk = write === 1 || write % 1000 === 0;
  const all: readonly ZkOperation[] = [
    { type: 'set', path: keyspace.head, data: headData(write, first), version: head.version },
    ...(isNewChunk ? [{ type: 'create', path: keyspace.chunkOf(write), data: Buffer.alloc(0) } as const] : []),
    { type: 'create', path: keyspace.entryOf(write), data: entryData(plan.changes) },
    ...trimmed,
    ...plan.operations,
  ];
  let bytes = 0;
  for (const step of all)
    bytes += stepBytes + Buffer.byteLength(step.path) + ('data' in step ? step.data.byteLength : 0);
  if (bytes > limits.maxPacketBytes) throw tooLarge(plan.changes.length, bytes, limits.maxPacketBytes);
  return all;
}

function tooLarge(changes: number, bytes: number, limit: number): KvError {
  const message =
    `one step for ${changes} keys takes about ${bytes} bytes, and ZooKeeper's packets have ${limit} at most; ` +
    'do it in several steps, with after and before';
  return new KvError('ERR_KV_REFUSED', message, { backend: 'zookeeper' });
}
