/** Runs a user's function. An error that it throws becomes an uncaught exception, in a microtask of its own. */
export function isolated(work: () => void): void {
  try {
    work();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
