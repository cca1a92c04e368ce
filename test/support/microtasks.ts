/** Resolves when every microtask that is queued, and those that follow from them, have run. */
export function microtasks(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
