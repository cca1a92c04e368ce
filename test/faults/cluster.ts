import { MemoryStore } from 'swarmstate';
import type { ReadSnapshot, ReadTx, Version } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { FaultyProposer, SharedLog, recordEvents } from 'swarmstate/testing';
import type { EventRecorder, FaultyProposerOptions } from 'swarmstate/testing';
import { createLedger, rivalEntry } from './ledger.ts';
import { codeOf } from './operations.ts';
import type { Deed, Outcome } from './operations.ts';
import type { Situations } from './situations.ts';

/** An update that was started, and what became of it. */
export interface UpdateRecord {
  readonly token: string;
  readonly deed: Deed;
  readonly signal: AbortSignal | undefined;
  /** How often its callback ran before its signal aborted; undefined while it has not. */
  runsAtAbort: number | undefined;
  runs: number;
  outcome: Outcome | undefined;
  /** Gives up, when the update has a signal and has not settled. */
  readonly abort: () => void;
}

/** A batch that was started, and what became of it. */
export interface BatchRecord {
  readonly name: string;
  readonly steps: UpdateRecord[];
  outcome: Outcome | undefined;
}

/** A reader that holds a state while others write. */
interface Held {
  readonly snapshot: ReadSnapshot;
  readonly version: Version | undefined;
}

/** A watcher that was resumed. */
export interface Resumed {
  readonly from: number;
  recorder: EventRecorder | undefined;
  error: unknown;
}

/** A store under a faulty proposer, with everything that is known of what was done to it. */
export class Member {
  readonly cluster: Cluster;
  readonly proposer: FaultyProposer;
  readonly store: MemoryStore;
  readonly recorder: EventRecorder;
  readonly updates: UpdateRecord[] = [];
  readonly batches: BatchRecord[] = [];
  readonly resumed: Resumed[] = [];
  readonly held: Held[] = [];
  readonly lateErrors: unknown[] = [];
  closing: Promise<void> | undefined;
  closed = false;
  /** Calls that have not settled. */
  pending = 0;

  constructor(cluster: Cluster, options: FaultyProposerOptions) {
    this.cluster = cluster;
    this.proposer = new FaultyProposer({ ...options, log: cluster.log, competitor: rivalEntry });
    this.store = new MemoryStore({ proposer: this.proposer, now: () => ({ seconds: (cluster.clock += 1), nanos: 0 }) });
    this.recorder = recordEvents(this.store);
    this.store.on('late-error', ({ error }) => this.lateErrors.push(error));
    this.store.on('diverged', ({ error }) => cluster.problem(`a store has diverged: ${String(error)}`));
    // Called inside the step that makes a commit visible, for each of its changes.
    this.store.watch({
      limit: Infinity,
      events: (['node', 'config'] as const).map((kind) => ({
        kind,
        check: () => {
          this.observe('at a commit');
          return false;
        },
      })),
    });
  }

  /** Compares what a reader sees now with the log. */
  observe(when: string): void {
    this.store.view((tx) => this.compare(tx, when));
  }

  compare(tx: ReadTx, when: string): void {
    const index = tx.version?.index ?? 0;
    if (Buffer.compare(StoreSnapshot.encode(this.store.save(tx)), this.cluster.bytesAt(index)) !== 0) {
      this.cluster.problem(`${when}, the state of version ${index} is not what the log has at that version`);
    }
  }

  hold(): void {
    const snapshot = this.store.snapshot();
    this.held.push({ snapshot, version: snapshot.version });
  }

  release(): void {
    const held = this.held.shift();
    if (held === undefined) return;
    this.cluster.situations.saw(
      'a snapshot held while others commit',
      held.version?.index !== this.store.version?.index,
    );
    this.compare(held.snapshot, 'in a snapshot that was held');
    held.snapshot.close();
  }

  resume(from: number, signal?: AbortSignal): void {
    const resumed: Resumed = { from, recorder: undefined, error: undefined };
    this.resumed.push(resumed);
    this.track(
      this.store.watchFrom({ index: from }, { limit: Infinity, ...(signal === undefined ? {} : { signal }) }).then(
        (watcher) => {
          resumed.recorder = recordEvents(this.store, {
            watcher,
            initial: this.cluster.log.contentsAt({ index: from }),
          });
        },
        (error: unknown) => {
          resumed.error = error;
        },
      ),
    );
  }

  close(): void {
    this.closing ??= this.store.close().then(() => {
      this.closed = true;
    });
  }

  /** Remembers that something has to settle. */
  track(call: Promise<unknown>): void {
    this.pending += 1;
    void call.then(
      () => (this.pending -= 1),
      (error: unknown) => {
        this.pending -= 1;
        this.cluster.problem(`something rejected that should not: ${String(error)} ${String(codeOf(error))}`);
      },
    );
  }
}

/** Stores on one log. */
export class Cluster {
  readonly log: SharedLog;
  readonly members: Member[];
  readonly situations: Situations;
  readonly problems: string[] = [];
  clock = 0;
  #tokens = 0;
  readonly #bytes = new Map<number, Uint8Array>();

  constructor(situations: Situations, options: readonly FaultyProposerOptions[], byHand = true) {
    this.situations = situations;
    this.log = new SharedLog({ byHand });
    this.log.append(createLedger);
    this.members = options.map((own) => new Member(this, own));
  }

  newToken(owner: string): string {
    this.#tokens += 1;
    return `${owner}.${this.#tokens}`;
  }

  problem(what: string): void {
    this.problems.push(what);
  }

  /** The contents of a version, according to the log. */
  bytesAt(index: number): Uint8Array {
    let bytes = this.#bytes.get(index);
    if (bytes === undefined) {
      bytes = StoreSnapshot.encode(this.log.contentsAt({ index }));
      this.#bytes.set(index, bytes);
    }
    return bytes;
  }
}
