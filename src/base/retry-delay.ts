/** Delays that grow with each failure in a row. */
export interface BackOff {
  /** Milliseconds after the first failure. */
  readonly initialMs: number;
  /** No delay is longer. */
  readonly maxMs: number;
  /** By how much the delay grows from one failure to the next. */
  readonly factor: number;
}

/** 5 ms, doubled with each failure, up to a minute. */
export const defaultBackOff: BackOff = { initialMs: 5, maxMs: 60_000, factor: 2 };

/** The delay after so many failures in a row, counted from 1. */
export function retryDelay({ initialMs, maxMs, factor }: BackOff, failures: number): number {
  return Math.min(maxMs, initialMs * factor ** (failures - 1));
}
