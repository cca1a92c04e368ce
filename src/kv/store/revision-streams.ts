import { KvError } from '../../errors/kv-error.ts';
import { StepWatcher } from './step-watcher.ts';
import type { DriverChange, DriverChanges, DriverPage } from '../backend/driver.ts';
import type { KvChange, KvChanges, KvPairs } from '../api/changes.ts';
import { Pair } from './pair.ts';

/** The parts of a store that a stream needs. */
interface StreamOptions<Step> {
  readonly backend: string;
  readonly read: (signal: AbortSignal) => AsyncIterator<Step>;
  readonly signal: AbortSignal | undefined;
  readonly onEnd: (stream: { close(): void }) => void;
}

/** A stream of steps that belong to revisions. `started` resolves to the revision of the first step. */
class RevisionStream<Step extends { readonly revision: bigint }, T> extends StepWatcher<Step, T> {
  readonly started: Promise<bigint>;

  constructor({ backend, read, signal, onEnd }: StreamOptions<Step>, fold: (step: Step) => readonly T[]) {
    let begin: (revision: bigint) => void = () => undefined;
    let fail: (error: unknown) => void = () => undefined;
    const started = new Promise<bigint>((resolve, reject) => {
      begin = resolve;
      fail = reject;
    });
    // Some callers never ask for the revision. Its rejection must not count as unhandled then.
    started.catch(() => undefined);
    const end = (stream: { close(): void }): void => {
      const closed = new KvError('ERR_KV_CLOSED', 'the stream was closed before it had begun', { backend });
      fail(signal?.aborted === true ? signal.reason : closed);
      onEnd(stream);
    };
    super((stop) => noted(read(stop), ({ revision }) => begin(revision), fail), fold, signal, end);
    this.started = started;
  }
}

/** The steps of `source`, telling the first one or the error. */
function noted<Step>(
  source: AsyncIterator<Step>,
  onFirst: (step: Step) => void,
  onError: (error: unknown) => void,
): AsyncIterator<Step> {
  return {
    async next() {
      try {
        const step = await source.next();
        if (step.done !== true) onFirst(step.value);
        return step;
      } catch (error) {
        onError(error);
        throw error;
      }
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
}

export class PairStream extends RevisionStream<DriverPage, Pair> implements KvPairs {
  constructor(options: StreamOptions<DriverPage>) {
    super(options, ({ pairs }) => pairs.map((pair) => new Pair(pair)));
  }

  get revision(): Promise<bigint> {
    return this.started;
  }
}

export class ChangeStream extends RevisionStream<DriverChanges, KvChange> implements KvChanges {
  readonly #progress: Progress;

  constructor(options: StreamOptions<DriverChanges>) {
    const progress = new Progress();
    super(options, (step) => {
      progress.add(step);
      return step.changes.map(toldChange);
    });
    this.#progress = progress;
  }

  get seen(): bigint | undefined {
    return this.#progress.seen;
  }

  override async next(): Promise<IteratorResult<KvChange, undefined>> {
    const next = await super.next();
    if (next.done !== true) this.#progress.take();
    return next;
  }
}

/** Counts the changes that were read, to know up to which revision all of them were. */
class Progress {
  #step: DriverChanges | undefined;
  #read = 0;

  /** Undefined before the first step. */
  get seen(): bigint | undefined {
    if (this.#step === undefined) return undefined;
    const { changes, revision } = this.#step;
    const next = changes[this.#read];
    if (next === undefined) return revision;
    // The revision of the next change is not complete, and all before it are.
    return next.revision - 1n;
  }

  /** Notes the next step, after all changes of the one before. */
  add(step: DriverChanges): void {
    this.#step = step;
    this.#read = 0;
  }

  take(): void {
    this.#read++;
  }
}

function toldChange({ key, pair, revision }: DriverChange): KvChange {
  return pair === undefined ? { type: 'delete', key, revision } : { type: 'put', key, pair: new Pair(pair), revision };
}
