/** Times in milliseconds. */
export interface Measured {
  readonly perSecond: number;
  readonly median: number;
  readonly p99: number;
}

/** Runs an operation over and over, so many at once, first for a fifth of the time to warm up. */
export async function measure(operation: () => Promise<unknown>, atOnce: number, seconds: number): Promise<Measured> {
  await run(operation, atOnce, seconds / 5);
  const began = performance.now();
  const times = (await run(operation, atOnce, seconds)).sort((a, b) => a - b);
  const took = performance.now() - began;
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { perSecond: (times.length / took) * 1000, median: at(0.5), p99: at(0.99) };
}

async function run(operation: () => Promise<unknown>, atOnce: number, seconds: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
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
  return times;
}
