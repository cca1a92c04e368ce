import * as mittModule from 'mitt';
import type { Emitter as Mitt } from 'mitt';
import { isolated } from './isolated.ts';

// mitt's types describe a CommonJS default export, which they are not under nodenext.
const mitt = mittModule.default as unknown as <T extends Record<string, unknown>>() => Mitt<T>;

/**
 * Typed events through mitt. A handler that throws keeps no other handler from being called: its error becomes an
 * uncaught exception, in a microtask of its own. Handlers that are added during an event are not called for it, and
 * those that are removed during it are not called any more.
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
