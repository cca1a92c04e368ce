/**
 * Handlers of events. One that throws keeps nobody else from being told: its error becomes an uncaught exception, in a
 * task of its own.
 */
export class Handlers<Events> {
  readonly #handlers = new Map<keyof Events, Set<(payload: never) => void>>();

  /** Registers a handler and returns the function that removes it. */
  on<E extends keyof Events>(event: E, handler: (payload: Events[E]) => void): () => void {
    // Its own function, so that a handler that is registered twice is called twice, and removed once.
    const own = (payload: Events[E]): void => {
      handler(payload);
    };
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(own));
    return () => {
      handlers.delete(own);
    };
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    const handlers = this.#handlers.get(event);
    // One that is added meanwhile is not told, and neither is one that is removed.
    for (const handler of [...(handlers ?? [])]) {
      if (handlers?.has(handler) !== true) continue;
      isolated(() => {
        (handler as (given: Events[E]) => void)(payload);
      });
    }
  }
}

/** Runs what a user gave. Its error becomes an uncaught exception, and harms nobody here. */
export function isolated(work: () => void): void {
  try {
    work();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
