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

/** As much as V8 gives to new objects, if nobody tells it otherwise. */
const YOUNG_BYTES = 16 * 1024 * 1024;
const WASTE_SLOTS = 62;
/** Keeps the last piece of it, so that no compiler leaves it out. */
const waste: { last?: readonly unknown[] } = {};

/**
 * Brings the young generation to a random filling, `share` of it: collects it, and makes so much garbage, which costs
 * its collection nothing. Where a step makes less garbage than brings a collection about, it then meets one as often as
 * is due to what it makes, whatever was done before it.
 */
export function fillYoung(share: number): void {
  collectYoung();
  for (let bytes = 0; bytes < share * YOUNG_BYTES; bytes += 16 + WASTE_SLOTS * 8)
    waste.last = new Array<unknown>(WASTE_SLOTS);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The value below which a share of the sorted values lies, to two decimals. */
export function quantile(sorted: readonly number[], share: number): number {
  return Math.round((sorted[Math.floor(sorted.length * share)] ?? Number.NaN) * 100) / 100;
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
      [...this.#laps].map(([name, laps]) => [
        name,
        median(laps.length > this.#warmUp ? laps.slice(this.#warmUp) : laps),
      ]),
    );
  }
}

/** The heap as it is, array buffers included, in bytes. */
export function heap(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const COLLECTIONS = 4;
const LEFT = 0.0005;

/** The collected heap, array buffers included, in bytes. */
export function collectedHeap(): number {
  let before = Infinity;
  for (let round = 0; round < COLLECTIONS; round += 1) {
    (globalThis as { gc?: () => void }).gc?.();
    const after = heap();
    // What a collection leaves for the next is little; of gigabytes each takes seconds.
    if (before - after < after * LEFT) break;
    before = after;
  }
  return heap();
}
