import type { LogAccess } from '../../replicated/access/log-access.ts';
import { SnapshotAccess } from '../../replicated/access/snapshot-access.ts';
import { hashText, sameHash } from '../../replicated/log/chain.ts';
import type { Entry } from '../../replicated/log/entry.ts';
import type { Frames } from '../../replicated/log/frame.ts';
import { logRefused } from '../../replicated/log/refusal.ts';
import { Entries } from '../../replicated/state/entries.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { Progress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { LogBase, SourceEntry, SourceLog } from './source.ts';

/** Entries that one read brings. */
const PAGE = 256;

/**
 * The entries of a replicated store. Reading them checks them: each has to follow the one before it, by its slot, its
 * version and the hash of the log so far.
 */
export class ReplicatedLog implements SourceLog {
  readonly #terminal: Terminal;
  readonly #name: string;
  readonly #access: LogAccess;
  readonly #frames: Frames;

  constructor(terminal: Terminal, name: string, access: LogAccess, frames: Frames) {
    this.#terminal = terminal;
    this.#name = name;
    this.#access = access;
    this.#frames = frames;
  }

  async base(): Promise<LogBase | undefined> {
    const { entries, snapshots } = await this.#parts();
    const [first] = await this.#access.valuesFrom(0, 1, this.#terminal.signal);
    if (first?.slot === 0) {
      const genesis = entries.open(0, first.value);
      // A log that was started from contents has them as a snapshot at its first entry.
      if (genesis.firstVersion === 1) return { after: -1, version: 0, contents: StoreSnapshot.from({}) };
    }
    const pointer = await snapshots.pointer(this.#terminal.signal);
    if (pointer === undefined) return undefined;
    const store = new MemoryStore();
    await store.restoreFrom(snapshots.contents(pointer, this.#terminal.signal));
    const { slot: after, version } = pointer.snapshot;
    return { after, version, contents: store.save() };
  }

  async *entries(): AsyncGenerator<SourceEntry> {
    const { entries } = await this.#parts();
    const { signal } = this.#terminal;
    const progress = new Progress(this.#terminal, `reading ${this.#name}`, 'entries');
    let before: Entry | undefined;
    let done = 0;
    try {
      for (let next = 0; ;) {
        const values = await this.#access.valuesFrom(next, PAGE, signal);
        for (const { slot, value } of values) {
          const entry = entries.open(slot, value);
          if (before !== undefined) this.#checkOrder(before, entry);
          const transactions = await entries.transactionsOf(entry, signal);
          if (transactions === undefined) throw this.#refusal(slot, 'its parts are missing');
          progress.step({ done: (done += 1) });
          before = entry;
          next = slot + 1;
          yield {
            index: slot,
            notes: [`writer ${entry.incarnation.slice(0, 8)}`],
            applied: true,
            transactions: transactions.map((actions, at) => ({ version: entry.firstVersion + at, actions })),
          };
        }
        if (values.length < PAGE) return;
      }
    } finally {
      progress.end();
    }
  }

  #checkOrder(before: Entry, entry: Entry): void {
    if (entry.slot !== before.slot + 1) throw this.#refusal(entry.slot, `slot ${before.slot + 1} is missing before it`);
    if (!sameHash(entry.chain, before.hash)) {
      throw this.#refusal(
        entry.slot,
        `it follows a log with the hash ${hashText(entry.chain)}, and the log before it has ${hashText(before.hash)}`,
      );
    }
    if (entry.firstVersion !== before.lastVersion + 1)
      throw this.#refusal(
        entry.slot,
        `it begins at version ${entry.firstVersion}, behind version ${before.lastVersion}`,
      );
  }

  #refusal(slot: number, what: string): Error {
    const { keys } = this.#access;
    return logRefused('chain', keys.place(keys.entry(slot)), what);
  }

  async #parts(): Promise<{ readonly entries: Entries; readonly snapshots: SnapshotAccess }> {
    const guard = await this.#access.readGuard(this.#terminal.signal);
    if (guard === undefined) throw this.#refusal(0, 'there is no log');
    const { clusterId } = guard.record;
    return {
      entries: new Entries(this.#access, this.#frames, clusterId),
      snapshots: new SnapshotAccess(this.#access, this.#frames, clusterId),
    };
  }
}
