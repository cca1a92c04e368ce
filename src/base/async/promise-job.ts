const resolved: Promise<void> = Promise.resolve();

/**
 * Runs `job` in a microtask. A promise job, because fake timers of test frameworks replace the global `queueMicrotask`
 * and would hold back all deliveries. `job` does not throw.
 */
export function promiseJob(job: () => void): void {
  void resolved.then(job);
}
