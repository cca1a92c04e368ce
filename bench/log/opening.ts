import { MemoryStore } from 'swarmstate';
import type { Change, Proposer, Replica } from 'swarmstate';
import type { KvStore } from 'swarmstate/kv';
import { InternalRaftRequest, StoreSnapshot } from 'swarmstate/proto';
import type { StoreAction } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';

/** The times of opening a log, beside the same work in memory. */
export interface OpeningFigure {
  readonly engine: string;
  readonly tasks: number;
  readonly entries: number;
  /** Milliseconds of `openStore`; the median of the rounds. */
  readonly opening: number;
  /** Milliseconds to decode the snapshot, restore it, decode the entries and apply them. */
  readonly inMemory: number;
}

const PREFIX = 'opening';

/** Entries are written one by one, for so many milliseconds at most: a slow engine gets fewer of them. */
const MOST_WRITING_MS = 30_000;

/** A log with a snapshot of so many tasks and up to so many entries behind it, opened again and again. */
export async function measureOpening(
  engine: string,
  kv: KvStore,
  tasks: number,
  mostEntries: number,
  rounds: number,
): Promise<OpeningFigure> {
  const source = new MemoryStore();
  await source.update((tx) => {
    for (let number = 0; number < tasks; number += 1)
      tx.tasks.create({ id: `task-${number}`, serviceId: `service-${number % 100}`, slot: number });
  });
  const snapshot = StoreSnapshot.encode(source.save());
  const options = { snapshotEvery: 1_000_000_000 };
  const writer = await openStore({ kv, prefix: PREFIX }, { ...options, bootstrap: source.save() });
  const first = writer.version?.index ?? 0;
  const end = performance.now() + MOST_WRITING_MS;
  let entries = 0;
  for (; entries < mostEntries && performance.now() < end; entries += 1) await change(writer, entries % tasks);
  await writer.close();
  const changes = await recorded(source, first, tasks, entries);
  const openings: number[] = [];
  const inMemory: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    const store = await openStore({ kv, prefix: PREFIX }, options);
    openings.push(performance.now() - began);
    if (store.view((tx) => tx.tasks.get('task-0')) === undefined) throw new Error('the store opened without its tasks');
    await store.close();
    inMemory.push(await measureInMemory(snapshot, first, changes));
  }
  const figure = { engine, tasks, entries, opening: median(openings), inMemory: median(inMemory) };
  console.log(JSON.stringify(figure));
  return figure;
}

/** The transaction of an entry. */
async function change(store: MemoryStore, task: number): Promise<void> {
  await store.update((tx) => tx.tasks.modify(`task-${task}`, (draft) => void (draft.slot += 1)));
}

/** The same entries, as the log has them. */
async function recorded(
  source: MemoryStore,
  first: number,
  tasks: number,
  entries: number,
): Promise<readonly Uint8Array[]> {
  const proposer = new Recorder(first);
  const store = new MemoryStore({ proposer });
  await proposer.replica?.restore(source.save(), { index: first });
  for (let number = 0; number < entries; number += 1) await change(store, number % tasks);
  await store.close();
  return proposer.requests;
}

/** The least that opening can be: everything but the log. */
async function measureInMemory(snapshot: Uint8Array, first: number, changes: readonly Uint8Array[]): Promise<number> {
  const proposer = new Recorder(first);
  const store = new MemoryStore({ proposer });
  const began = performance.now();
  await proposer.replica?.restore(StoreSnapshot.decode(snapshot), { index: first });
  let applied: Promise<void> | undefined;
  for (const [position, request] of changes.entries())
    applied = proposer.replica?.apply(InternalRaftRequest.decode(request).action, { index: first + 1 + position });
  await applied;
  const took = performance.now() - began;
  await store.close();
  return took;
}

/** A proposer that commits at once and keeps the encoded transactions. */
class Recorder implements Proposer {
  readonly requests: Uint8Array[] = [];
  replica: Replica | undefined;
  #version: number;

  constructor(version: number) {
    this.#version = version;
  }

  attach(replica: Replica): void {
    this.replica = replica;
  }

  getVersion(): { readonly index: number } {
    return { index: this.#version };
  }

  changesBetween(): Iterable<Change> {
    return [];
  }

  proposeValue(action: readonly StoreAction[], commit: (version?: { readonly index: number }) => void): Promise<void> {
    this.requests.push(InternalRaftRequest.encode({ action }));
    this.#version += 1;
    commit({ index: this.#version });
    return Promise.resolve();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}
