import { onAbort } from '../../base/async/on-abort.ts';
import { InternalRaftRequest } from '../../wire/generated/raft.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import type { VersionInput } from '../../wire/generated/common.ts';
import { newIncarnation } from '../access/env.ts';
import type { TermMark } from '../generated/log.ts';
import type { NewEntry } from '../log/entry.ts';
import { schemaOf } from '../log/schema.ts';
import { hasTerms } from '../log/terms.ts';
import { AppendFigures } from './append-figures.ts';
import { Run } from './proposal-run.ts';
import type { RunParts } from './proposal-run.ts';

/** The contents of an entry. */
interface Contents {
  readonly requests: readonly Uint8Array[];
  /** The bytes of the requests. */
  readonly bytes: number;
  readonly terms: readonly TermMark[];
  readonly begins?: TermMark;
}

/** Offers the transactions of the store to the log: one entry at a time, each settled before the next. */
export class Appender {
  readonly figures: AppendFigures = new AppendFigures();
  readonly #parts: RunParts;
  #incarnation: string;
  #sequence = 0;
  /** The bytes of the requests of the last proposal. */
  lastBytes = 0;
  #run: Run | undefined;
  #closing: { readonly reason: unknown } | undefined;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#incarnation = newIncarnation(parts.env);
  }

  /** The name under which this member writes. */
  get incarnation(): string {
    return this.#incarnation;
  }

  /** The proposal under way has no caller any more, and later ones are refused. */
  close(reason: unknown): void {
    this.#closing = { reason };
    this.#run?.cancel(reason);
  }

  /**
   * Offers transactions as the entry of the next slot, with the terms that their writers claim. `commit` is called when
   * the entry is in the log, with the versions of the transactions.
   */
  async propose(
    transactions: readonly (readonly StoreAction[])[],
    terms: readonly TermMark[],
    commit: (versions: readonly VersionInput[]) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { version } = this.#parts.taker.position;
    const requests = transactions.map((action) => InternalRaftRequest.encode({ action }));
    this.lastBytes = requests.reduce((sum, { length }) => sum + length, 0);
    const versions = transactions.map((_, position) => ({ index: version + 1 + position }));
    await this.#offer({ requests, bytes: this.lastBytes, terms }, () => commit(versions), signal);
  }

  /** Offers the entry that begins a term. */
  async begin(term: TermMark, signal: AbortSignal): Promise<void> {
    await this.#offer({ requests: [], bytes: 0, terms: [], begins: term }, () => undefined, signal);
  }

  async #offer(contents: Contents, commit: () => void, signal: AbortSignal | undefined): Promise<void> {
    if (this.#closing !== undefined) throw this.#closing.reason;
    const { taker, clusterId, makesSnapshotDue, untold } = this.#parts;
    const { slot, version, chain } = taker.position;
    this.#sequence += 1;
    const entry: NewEntry = {
      clusterId,
      slot: slot + 1,
      incarnation: this.#incarnation,
      sequence: this.#sequence,
      firstVersion: version + 1,
      count: contents.requests.length,
      schema: schemaOf(hasTerms(contents)),
      chain,
      ...contents,
      compares: makesSnapshotDue(contents.bytes),
      contents: untold(),
    };
    // A cancelled proposal may need a no-op, which gets the next number.
    this.#sequence += 1;
    const run = new Run(this.#parts, this.figures, entry, commit);
    this.#run = run;
    const stopListening = signal === undefined ? undefined : onAbort(signal, () => run.cancel(signal.reason));
    if (signal?.aborted === true) run.cancel(signal.reason);
    try {
      await run.toEnd();
    } finally {
      stopListening?.();
      this.#run = undefined;
      // The record of the incarnation may be gone: later entries need another name (trap 5).
      if (run.isForgotten) {
        this.#incarnation = newIncarnation(this.#parts.env);
        this.#sequence = 0;
      }
    }
  }
}
