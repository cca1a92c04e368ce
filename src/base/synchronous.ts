/**
 * The results of a synchronous callback: everything but promises. A transaction ends when its callback returns, so the
 * code after the first `await` of an `async` callback would run outside of the transaction.
 */
export type SynchronousResult =
  void | undefined | null | string | number | bigint | boolean | symbol | SynchronousObject;

type SynchronousObject = object & {
  readonly then?: 'ERR_ASYNC_CALLBACK: this callback is synchronous; await before the transaction, or use batch for work with pauses';
};

/** True for a promise and for any other value that `await` would wait for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
