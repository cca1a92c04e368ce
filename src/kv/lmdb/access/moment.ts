import { onAbort } from '../../../base/async/on-abort.ts';
import { compacted } from '../../backend/compacted.ts';
import { background } from '../../../base/host/background-timer.ts';
import { ReadAccess } from './read-access.ts';
import type { DriverPage, DriverSelection } from '../../backend/driver.ts';
import type { LmdbDatabase } from './client.ts';

/** A page has about these many bytes, and one pair at least. */
const pageBytes = 256 * 1024;

/**
 * Milliseconds after which a moment that nobody reads is let go: while it is kept, no page of the file is used again.
 */
const idleMs = 60_000;

/** The pairs of a selection page by page, as they are now. The database keeps this state until the end. */
export class Moment implements AsyncIterator<DriverPage, undefined> {
  readonly #access: ReadAccess;
  readonly #selection: DriverSelection;
  readonly #revision: bigint;
  readonly #forget: () => void;
  readonly #release: () => void;
  /** The key of the last pair; undefined before the first page. */
  #last: string | undefined;
  #left: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end: 'left' | 'idle' | undefined;

  constructor(database: LmdbDatabase, selection: DriverSelection, signal: AbortSignal) {
    const transaction = database.useReadTransaction();
    this.#release = () => transaction.done();
    this.#access = new ReadAccess(database, transaction);
    this.#selection = selection;
    this.#left = selection.limit ?? Infinity;
    this.#revision = this.#access.counter();
    this.#forget = onAbort(signal, () => this.#finish('left'));
    this.#arm();
  }

  next(): Promise<IteratorResult<DriverPage, undefined>> {
    try {
      return Promise.resolve(this.#next());
    } catch (error) {
      this.#finish('left');
      return Promise.reject(error);
    }
  }

  return(): Promise<IteratorResult<DriverPage, undefined>> {
    this.#finish('left');
    return Promise.resolve({ done: true, value: undefined });
  }

  #next(): IteratorResult<DriverPage, undefined> {
    if (this.#end === 'idle') throw compacted('lmdb', this.#revision, this.#revision + 1n);
    if (this.#end === 'left') return { done: true, value: undefined };
    const { reverse } = this.#selection;
    const rest = this.#last === undefined ? {} : reverse ? { before: this.#last } : { after: this.#last };
    const pairs = this.#access.selected({ ...this.#selection, ...rest, limit: this.#left }, pageBytes);
    const isFirst = this.#last === undefined;
    this.#last = pairs.at(-1)?.key;
    this.#left -= pairs.length;
    if (this.#last === undefined || this.#left <= 0) this.#finish('left');
    else this.#arm();
    return this.#last === undefined && !isFirst
      ? { done: true, value: undefined }
      : { done: false, value: { revision: this.#revision, pairs } };
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = background(setTimeout(() => this.#finish('idle'), idleMs));
  }

  #finish(end: 'left' | 'idle'): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    clearTimeout(this.#timer);
    this.#forget();
    this.#release();
  }
}
