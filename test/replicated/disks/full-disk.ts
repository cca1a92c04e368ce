/**
 * A store on a small disk that becomes full. The program has a process of its own, because lmdb-js writes each failed
 * attempt to the console, also after a test's end. The last line of its output is a `FullDiskReport`.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { all } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedStore } from 'swarmstate/replicated';

export interface FullDiskReport {
  /** Code of the error that ended the filling of the disk. */
  readonly full: unknown;
  /** Updates that were sent before the disk was full, the pending one among them. */
  readonly sent: number;
  /** The outcome of the next update while one was pending. */
  readonly refused: unknown;
  /** Nodes that the store showed while one update was pending. */
  readonly shown: number;
  /** Nodes and hash of the contents before the store was closed, and after it was opened again. */
  readonly before: Contents;
  readonly after: Contents;
}

interface Contents {
  readonly nodes: number;
  readonly hash: string;
}

const disk = process.argv[2] as string;
const filler = join(disk, 'filler');
const labels = { text: 'x'.repeat(30_000) };

/** Takes all room that is left. Returns the code of the error that ended it. */
function fill(): unknown {
  const file = openSync(filler, 'w');
  const block = new Uint8Array(4096);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    return codeOf(error);
  } finally {
    closeSync(file);
  }
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code;
}

function next(store: ReplicatedStore, event: 'stale' | 'live'): Promise<void> {
  return new Promise((resolve) => {
    store.on(event, () => resolve());
  });
}

function contents(store: ReplicatedStore): Contents {
  const hash = createHash('sha256').update(StoreSnapshot.encode(store.save())).digest('hex');
  return { nodes: store.view((tx) => tx.nodes.count(all)), hash };
}

async function main(): Promise<FullDiskReport> {
  const store = await openStore(`lmdb:${disk}`, { deadlineMs: 1200 });
  const create = (number: number): Promise<void> =>
    store.update((tx) => {
      tx.nodes.create({ id: `n${number}`, spec: { annotations: { name: `n${number}`, labels } } });
    });
  await create(0);
  const full = fill();
  const stale = next(store, 'stale');
  let sent = 1;
  let pending = create(sent);
  while ((await Promise.race([pending.then(() => 'done'), stale.then(() => 'stale')])) === 'done') {
    sent += 1;
    pending = create(sent);
  }
  const refused = await create(sent + 1).then(() => 'not refused', codeOf);
  const shown = contents(store).nodes;
  const live = next(store, 'live');
  rmSync(filler);
  await pending;
  await live;
  await create(sent + 2);
  const before = contents(store);
  await store.close();
  const again = await openStore(`lmdb:${disk}`);
  const after = contents(again);
  await again.close();
  return { full, sent, refused, shown, before, after };
}

const report = await main();
process.stdout.write(`\n${JSON.stringify(report)}\n`);
