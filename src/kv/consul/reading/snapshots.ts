import { refused } from '../connection/failure.ts';
import { headOf } from '../records/head.ts';
import { pathOf } from '../records/keyspace.ts';
import { isClosed, untilOpen } from '../protocol/settle.ts';
import { entriesOf, mostSteps, readSteps } from '../protocol/transactions.ts';
import type { DriverReadCall } from '../../backend/driver.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Entry } from '../records/entry.ts';
import type { Head } from '../records/head.ts';
import type { Step } from '../protocol/transactions.ts';

/** Keys as they were at one moment, by their names, and the head of that moment. */
export interface Snapshot {
  readonly head: Head;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** Reads keys by their names at one moment. More names than a transaction has steps take several requests. */
export async function readNames(
  context: ConsulContext,
  names: readonly string[],
  call: DriverReadCall,
): Promise<Snapshot> {
  const { keyspace } = context;
  const size = mostSteps - 1;
  const absent = new Set<string>();
  for (;;) {
    const entries = new Map<string, Entry>();
    let head: Head | undefined;
    for (let start = 0; start === 0 || start < names.length; start += size) {
      const part = [keyspace.head, ...names.slice(start, start + size)];
      const read = await readPart(context, part, absent, call);
      const now = headOf(read.get(keyspace.head));
      if (head !== undefined && head.modifyIndex !== now.modifyIndex) {
        head = undefined;
        break;
      }
      head = now;
      for (const [name, entry] of read) entries.set(name, entry);
    }
    if (head === undefined) continue;
    if (call.stale || !isClosed(head)) return { head, entries };
    await untilOpen(context, head, call.signal);
  }
}

/** Reads up to 64 keys at one moment. Consul refuses to read an absent key, so `absent` notes them. */
async function readPart(
  { connection }: ConsulContext,
  names: readonly string[],
  absent: Set<string>,
  { stale, signal }: DriverReadCall,
): Promise<ReadonlyMap<string, Entry>> {
  for (;;) {
    const steps: Step[] = names.map((name) => ({ verb: absent.has(name) ? 'check-not-exists' : 'get', name }));
    const outcome = await readSteps(connection, steps, { kind: stale ? 'stale read' : 'read', signal });
    if (outcome.entries !== undefined) return outcome.entries;
    for (const [at, why] of outcome.refused) {
      const name = names[at] ?? '';
      if (absent.has(name) && /exists$/.test(why)) absent.delete(name);
      else if (/doesn't exist$/.test(why)) absent.add(name);
      else throw refused(why);
    }
  }
}

/** Reads all keys whose names begin with `prefix`, at one moment. */
export async function readTree(context: ConsulContext, prefix: string, call: DriverReadCall): Promise<Snapshot> {
  return prefix === '' ? readEverything(context, call) : readTrees(context, [prefix], call);
}

/** Reads all keys whose names begin with one of the prefixes, at one moment. A transaction takes 63 of them. */
export async function readTrees(
  context: ConsulContext,
  prefixes: readonly string[],
  call: DriverReadCall,
): Promise<Snapshot> {
  const { connection, keyspace } = context;
  const steps: Step[] = [keyspace.head, ...prefixes].map((name) => ({ verb: 'get-tree', name }));
  for (;;) {
    const kind = call.stale ? 'stale read' : 'read';
    const { entries, refused: why } = await readSteps(connection, steps, { kind, signal: call.signal });
    if (entries === undefined) throw refused([...why.values()].join());
    const head = headOf(entries.get(keyspace.head));
    if (call.stale || !isClosed(head)) return { head, entries };
    await untilOpen(context, head, call.signal);
  }
}

/** Reads all keys of the servers, the head among them. A transaction cannot do this. */
async function readEverything(context: ConsulContext, call: DriverReadCall): Promise<Snapshot> {
  const { connection, keyspace } = context;
  for (;;) {
    const path = pathOf('', call.stale ? 'recurse&stale' : 'recurse&consistent');
    const kind = call.stale ? 'stale read' : 'read';
    const read = await connection.call({ method: 'GET', path }, entriesOf, { kind, signal: call.signal });
    const entries = new Map(read.map((entry) => [entry.name, entry]));
    const head = headOf(entries.get(keyspace.head));
    if (call.stale || !isClosed(head)) return { head, entries };
    await untilOpen(context, head, call.signal);
  }
}
