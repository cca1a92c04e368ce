import * as mittModule from 'mitt';
import type { Emitter } from 'mitt';

/** What a store tells about itself, by event. */
export interface LifecycleEvents {
  /** The store was closed: no writes any more, watchers have ended. */
  readonly closed: undefined;
}

type Events = { [E in keyof LifecycleEvents]: LifecycleEvents[E] };

// mitt's types describe a CommonJS default export, which they are not under nodenext.
const mitt = mittModule.default as unknown as <T extends Record<string, unknown>>() => Emitter<T>;

/** Lifecycle events through mitt. A handler that throws keeps nobody else from being told: its error becomes an uncaught exception, in a task of its own. */
export class Lifecycle {
  readonly #emitter: Emitter<Events> = mitt<Events>();

  /** Registers a handler and returns the function that removes it. */
  on<E extends keyof LifecycleEvents>(event: E, handler: (payload: LifecycleEvents[E]) => void): () => void {
    const isolated = (payload: LifecycleEvents[E]): void => {
      try {
        handler(payload);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    };
    this.#emitter.on(event, isolated);
    return () => this.#emitter.off(event, isolated);
  }

  emit<E extends keyof LifecycleEvents>(event: E, payload: LifecycleEvents[E]): void {
    this.#emitter.emit(event, payload);
  }
}
