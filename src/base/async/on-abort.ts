/** The callbacks of a signal, and the one listener that calls them. */
interface Listened {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const listened = new WeakMap<AbortSignal, Listened>();

/**
 * Calls `callback` when the signal aborts, and gives the function that takes this back. A signal has one listener
 * however many callbacks there are: adding and removing one is O(1), and Node never warns of a leak. The signal refers
 * to the callback until then: take it back as soon as it is not needed.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks } = listened.get(signal) ?? listen(signal);
  // A function of its own: the same callback may be registered twice.
  const own = (): void => {
    callback();
  };
  callbacks.add(own);
  return () => {
    if (!callbacks.delete(own) || callbacks.size > 0) return;
    const entry = listened.get(signal);
    if (entry?.callbacks !== callbacks) return;
    listened.delete(signal);
    signal.removeEventListener('abort', entry.listener);
  };
}

function listen(signal: AbortSignal): Listened {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    listened.delete(signal);
    for (const callback of callbacks) {
      callbacks.delete(callback);
      callback();
    }
  };
  const entry = { callbacks, listener };
  listened.set(signal, entry);
  signal.addEventListener('abort', listener, { once: true });
  return entry;
}
