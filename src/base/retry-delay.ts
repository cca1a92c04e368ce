/** Delays that grow with each failure in a row. */
export interface BackOff {
  /** The delay after the first failure, in milliseconds: 0 or more. */
  readonly initialMs: number;
  /** The longest delay, in milliseconds: 0 or more. */
  readonly maxMs: number;
  /** The factor from each delay to the next: 1 or more. */
  readonly factor: number;
}

/** 5 ms, doubled with each failure, up to a minute. */
export const defaultBackOff: BackOff = { initialMs: 5, maxMs: 60_000, factor: 2 };

/** The delay after `failures` failures in a row, in milliseconds. A number for every count of failures. */
export function retryDelay({ initialMs, maxMs, factor }: BackOff, failures: number): number {
  // The power becomes Infinity after many failures, and 0 times Infinity is NaN.
  return initialMs === 0 ? 0 : Math.min(maxMs, initialMs * factor ** (failures - 1));
}
