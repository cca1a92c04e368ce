import * as mittModule from 'mitt';
import type { Emitter as Mitt } from 'mitt';
import { isolated } from './isolated.ts';

// Under nodenext, mitt's types describe its default export wrongly, as that of a CommonJS module.
const mitt = mittModule.default as unknown as <T extends Record<string, unknown>>() => Mitt<T>;

/**
 * Typed events through mitt. When a handler throws, the other handlers are still called, and the error becomes an
 * uncaught exception in a microtask of its own. A handler that is added during an event is not called for that event. A
 * handler that is removed during an event is not called any more.
 */
export class Emitter<Events extends object> {
  readonly #mitt: Mitt<Record<string, unknown>> = mitt();

  /** Registers a handler and returns the function that removes it. A handler registered twice is called twice. */
  on<E extends keyof Events & string>(event: E, handler: (payload: Events[E]) => void): () => void {
    let registered = true;
    const own = (payload: unknown): void => {
      if (!registered) return;
      isolated(() => {
        handler(payload as Events[E]);
      });
    };
    this.#mitt.on(event, own);
    return () => {
      registered = false;
      this.#mitt.off(event, own);
    };
  }

  emit<E extends keyof Events & string>(event: E, payload: Events[E]): void {
    this.#mitt.emit(event, payload);
  }
}
