/** Delays that grow with each failure in a row. */
export interface BackOff {
  /** The delay after the first failure, in milliseconds. */
  readonly initialMs: number;
  /** The longest delay, in milliseconds. */
  readonly maxMs: number;
  /** The factor from each delay to the next. */
  readonly factor: number;
}

/** 5 ms, doubled with each failure, up to a minute. */
export const defaultBackOff: BackOff = { initialMs: 5, maxMs: 60_000, factor: 2 };

/** The delay after `failures` failures in a row, in milliseconds. */
export function retryDelay({ initialMs, maxMs, factor }: BackOff, failures: number): number {
  return Math.min(maxMs, initialMs * factor ** (failures - 1));
}
