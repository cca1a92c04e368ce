import { startTimer, stopTimer } from '../telling/diagnostics.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import type { Tx } from '../transaction/tx.ts';
import type { WriteTransaction } from '../transaction/write-transaction.ts';
import type { Decider } from './decider.ts';
import type { StoreWriter } from './writer.ts';

/** The decider of a store without a proposer: every transaction happens at once. */
export class LocalDecider implements Decider {
  readonly ownsContents = false;
  readonly maxTransactionBytes = undefined;
  readonly maxAttempts = 1;
  readonly groups = 0;
  readonly groupedUpdates = 0;
  readonly #writer: StoreWriter;

  constructor(writer: StoreWriter) {
    this.#writer = writer;
  }

  update<R>(callback: (tx: Tx) => R, signal: AbortSignal | undefined, callSite: string | undefined): Promise<R> {
    const { runner } = this.#writer;
    const started = startTimer('writeTx');
    const updated = this.#writer.exclusively(
      () =>
        runner.transact('write', undefined, (changes, transaction) =>
          runner.runCallback(transaction, changes, callback, callSite),
        ),
      signal,
    );
    if (started === 0) return updated;
    return updated.finally(() => {
      stopTimer('writeTx', started);
    });
  }

  decide(transaction: WriteTransaction, changes: ChangeList): undefined {
    this.#writer.runner.commit(transaction, [changes.events], undefined);
  }
}
