/**
 * The rejected promise of a batch's step. The promise notes whether the program looks at it. A failure that nobody
 * looks at rejects the batch, and is no unhandled rejection.
 */
export class FailedStep<R> extends Promise<R> {
  /** True once `then`, `catch` or `await` was used. */
  observed = false;

  /** Promises that are derived from a failed step are ordinary ones. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** A failed step with that error, which may be anything. The step settles after `turn`, where one is given. */
  static with<R>(error: unknown, turn?: Promise<void>): FailedStep<R> {
    const step = new FailedStep<R>((_resolve, reject) => {
      const fail = (): void => {
        reject(error);
      };
      if (turn === undefined) fail();
      else void turn.then(fail);
    });
    void Promise.prototype.then.call(step, undefined, () => undefined);
    return step;
  }

  override then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.observed = true;
    return super.then(onFulfilled, onRejected);
  }
}
