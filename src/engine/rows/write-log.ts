import { fail } from '../../base/assert.ts';
import type { RowNumber } from './row-number.ts';

/** The table that a logged write belongs to. */
export interface UndoTarget {
  /** Restores the row and the version from before the write. Writes are undone newest first. */
  undo(rowNumber: RowNumber, row: object | undefined, version: number): void;
  /** Called when the write is committed. */
  settle(rowNumber: RowNumber): void;
  /** Retains the state from before the write, for a snapshot that was opened after the write. */
  retainPast(rowNumber: RowNumber, row: object | undefined, version: number): void;
}

/** No transaction is open. */
const NONE = 0;
/** A longer log frees its memory when the transaction ends. */
const KEPT_LENGTH = 4096;

/**
 * The writes of the open transaction, each with the row and the version that it replaced. Rollbacks use it, and
 * snapshots that are opened in the middle of a transaction. Each transaction overwrites the arrays of the one before.
 */
export class WriteLog {
  readonly #targets: UndoTarget[] = [];
  readonly #rowNumbers: RowNumber[] = [];
  readonly #rows: (object | undefined)[] = [];
  readonly #versions: number[] = [];
  #length = 0;
  #transaction = NONE;
  #lastTransaction = NONE;

  /** The number of the open transaction, 0 when none is open. */
  get transaction(): number {
    return this.#transaction;
  }

  /** The number of logged writes. */
  get length(): number {
    return this.#length;
  }

  /**
   * Opens a transaction and returns its number. Transaction numbers are never reused, not even after a rollback:
   * retained versions use them to say which snapshots see them.
   */
  begin(): number {
    return (this.#transaction = ++this.#lastTransaction);
  }

  /** Makes the next transaction's number higher than that of `transaction`. */
  continueBehind(transaction: number): void {
    this.#lastTransaction = transaction;
  }

  /** Logs a write of a row, with the row and version that it replaces. */
  push(target: UndoTarget, rowNumber: RowNumber, row: object | undefined, version: number): void {
    const i = this.#length++;
    if (i === this.#targets.length) {
      this.#targets.push(target);
      this.#rowNumbers.push(rowNumber);
      this.#rows.push(row);
      this.#versions.push(version);
    } else {
      this.#targets[i] = target;
      this.#rowNumbers[i] = rowNumber;
      this.#rows[i] = row;
      this.#versions[i] = version;
    }
  }

  /** Undoes all writes but the first `length` ones. */
  unwind(length: number): void {
    if (length < 0 || length > this.#length)
      fail(`no savepoint at ${length}, the transaction has ${this.#length} changes`);
    while (this.#length > length) {
      const i = --this.#length;
      const row = this.#rows[i];
      this.#rows[i] = undefined;
      (this.#targets[i] as UndoTarget).undo(this.#rowNumbers[i] as RowNumber, row, this.#versions[i] as number);
    }
  }

  /** Closes the transaction and keeps its writes. */
  commit(): void {
    const length = this.#length;
    this.#transaction = NONE;
    this.#length = 0;
    for (let i = 0; i < length; i++) {
      this.#rows[i] = undefined;
      (this.#targets[i] as UndoTarget).settle(this.#rowNumbers[i] as RowNumber);
    }
    this.#shrink();
  }

  /** Undoes all writes and closes the transaction. */
  rollback(): void {
    this.unwind(0);
    this.#transaction = NONE;
    this.#shrink();
  }

  /** Retains the version from before the transaction, for each row that the transaction wrote. */
  retainPast(): void {
    for (let i = 0; i < this.#length; i++) {
      const version = this.#versions[i] as number;
      // Only a row's first write in the transaction replaced a committed version.
      if (version !== this.#transaction)
        (this.#targets[i] as UndoTarget).retainPast(this.#rowNumbers[i] as RowNumber, this.#rows[i], version);
    }
  }

  #shrink(): void {
    if (this.#targets.length <= KEPT_LENGTH) return;
    this.#targets.length = 0;
    this.#rowNumbers.length = 0;
    this.#rows.length = 0;
    this.#versions.length = 0;
  }
}
