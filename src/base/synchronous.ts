/**
 * What a synchronous callback may return. A promise is not among it: a transaction ends when its callback returns, so
 * whatever an `async` callback does after its first `await` would be outside of it.
 */
export type SynchronousResult =
  void | undefined | null | string | number | bigint | boolean | symbol | SynchronousObject;

type SynchronousObject = object & {
  readonly then?: 'ERR_ASYNC_CALLBACK: this callback is synchronous; await before the transaction, or use batch for work with pauses';
};

/** True for a promise, or whatever else `await` would wait for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
