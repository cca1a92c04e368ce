/**
 * Runs an operation over and over for a time, so many at once. Gives how long each took, in milliseconds, and the time
 * altogether.
 */
export async function measure(
  operation: () => Promise<unknown>,
  atOnce: number,
  seconds: number,
): Promise<{ readonly times: readonly number[]; readonly took: number }> {
  const times: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  const worker = async (): Promise<void> => {
    for (let start = performance.now(), turns = 0; start < end; turns++) {
      await operation();
      const now = performance.now();
      times.push(now - start);
      start = now;
      // Operations that never wait would keep the others from their turn.
      if (turns % 64 === 63) await new Promise(setImmediate);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { times, took: performance.now() - began };
}
