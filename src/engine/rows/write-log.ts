import { fail } from '../../base/assert.ts';

/** Whoever can take back a write. */
export interface UndoTarget {
  /** Puts back what the row was before the write, the newest write first. */
  undo(number: number, row: object | undefined, version: number): void;
  /** Is told that the write is committed. */
  settle(number: number): void;
  /** Keeps what a snapshot sees that is opened after the write and does not see it. */
  retainPast(number: number, row: object | undefined, version: number): void;
}

/** No transaction is open. */
const NONE = 0;
/** A log that was longer gives its memory back. */
const KEPT_LENGTH = 4096;

/**
 * The writes of the open transaction, with what each of them replaced. It serves rollbacks, and snapshots that are
 * opened in the middle of a transaction. Its arrays are overwritten from transaction to transaction.
 */
export class WriteLog {
  readonly #targets: UndoTarget[] = [];
  readonly #numbers: number[] = [];
  readonly #rows: (object | undefined)[] = [];
  readonly #versions: number[] = [];
  #length = 0;
  #transaction = NONE;
  #lastTransaction = NONE;

  /** The number of the open transaction, 0 when there is none. */
  get transaction(): number {
    return this.#transaction;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Opens a transaction and gives its number. Numbers are never reused, not even after a rollback: retained versions
   * say by number which snapshots see them.
   */
  begin(): number {
    return (this.#transaction = ++this.#lastTransaction);
  }

  /** Goes on with the numbers behind that of a transaction. */
  continueBehind(transaction: number): void {
    this.#lastTransaction = transaction;
  }

  /** Notes a write of a row, and the row and version that it replaces. */
  push(target: UndoTarget, number: number, row: object | undefined, version: number): void {
    const i = this.#length++;
    if (i === this.#targets.length) {
      this.#targets.push(target);
      this.#numbers.push(number);
      this.#rows.push(row);
      this.#versions.push(version);
    } else {
      this.#targets[i] = target;
      this.#numbers[i] = number;
      this.#rows[i] = row;
      this.#versions[i] = version;
    }
  }

  /** Takes back the writes behind the first `length` ones. */
  unwind(length: number): void {
    if (length < 0 || length > this.#length)
      fail(`no savepoint at ${length}, the transaction has ${this.#length} changes`);
    while (this.#length > length) {
      const i = --this.#length;
      const row = this.#rows[i];
      this.#rows[i] = undefined;
      (this.#targets[i] as UndoTarget).undo(this.#numbers[i] as number, row, this.#versions[i] as number);
    }
  }

  /** Closes the transaction; what is in the log stays. */
  commit(): void {
    const length = this.#length;
    this.#transaction = NONE;
    this.#length = 0;
    for (let i = 0; i < length; i++) {
      this.#rows[i] = undefined;
      (this.#targets[i] as UndoTarget).settle(this.#numbers[i] as number);
    }
    this.#shrink();
  }

  /** Closes the transaction and takes back what is in the log. */
  rollback(): void {
    this.unwind(0);
    this.#transaction = NONE;
    this.#shrink();
  }

  /** Has each row that the transaction wrote keep the version from before it. */
  retainPast(): void {
    for (let i = 0; i < this.#length; i++) {
      const version = this.#versions[i] as number;
      // The first write of a row is the one that replaced a committed version.
      if (version !== this.#transaction)
        (this.#targets[i] as UndoTarget).retainPast(this.#numbers[i] as number, this.#rows[i], version);
    }
  }

  #shrink(): void {
    if (this.#targets.length <= KEPT_LENGTH) return;
    this.#targets.length = 0;
    this.#numbers.length = 0;
    this.#rows.length = 0;
    this.#versions.length = 0;
  }
}
