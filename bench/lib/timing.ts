/** Nanoseconds for one of `count` repetitions of what `work` does together. */
export function timed(count: number, work: () => void): number {
  const start = performance.now();
  work();
  return ((performance.now() - start) * 1e6) / count;
}

/** {@link timed} for asynchronous work. */
export async function timedAsync(count: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return ((performance.now() - start) * 1e6) / count;
}

/** Collects what was made a moment ago, so that a step does not pay for the garbage of the one before it. */
export function collectYoung(): void {
  (globalThis as { gc?: (options: { readonly type: 'minor' }) => void }).gc?.({ type: 'minor' });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The figures of the laps of one process: the first ones warm up the compiler and are left out. */
export class Laps {
  readonly #laps = new Map<string, number[]>();
  readonly #warmUp: number;

  constructor(warmUp: number) {
    this.#warmUp = warmUp;
  }

  add(name: string, nanoseconds: number): void {
    const laps = this.#laps.get(name);
    if (laps === undefined) this.#laps.set(name, [nanoseconds]);
    else laps.push(nanoseconds);
  }

  medians(): Record<string, number> {
    return Object.fromEntries(
      [...this.#laps].map(([name, laps]) => [name, median(laps.length > this.#warmUp ? laps.slice(this.#warmUp) : laps)]),
    );
  }
}

/** The heap as it is, array buffers included, in bytes. */
export function heap(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The collected heap, array buffers included, in bytes. */
export function collectedHeap(): number {
  for (let round = 0; round < 4; round += 1) (globalThis as { gc?: () => void }).gc?.();
  return heap();
}
