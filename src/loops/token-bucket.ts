/** A rate limit: `perSecond` on average, and up to `burst` at once after a pause. */
export interface RateLimit {
  /** A number above 0. */
  readonly perSecond: number;
  /** A number, 1 or more. */
  readonly burst: number;
}

/** Counts the use of a rate limit. */
export class TokenBucket {
  readonly #limit: RateLimit;
  #tokens: number;
  #time: number;

  constructor(limit: RateLimit, now: number) {
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#time = now;
  }

  /** Takes up to `wanted` tokens and returns the number taken. */
  take(wanted: number, now: number): number {
    this.#fill(now);
    const taken = Math.min(wanted, Math.floor(this.#tokens));
    this.#tokens -= taken;
    return taken;
  }

  /** The earliest time at which a token is there. */
  nextAt(now: number): number {
    this.#fill(now);
    return this.#tokens >= 1 ? now : now + Math.ceil(((1 - this.#tokens) / this.#limit.perSecond) * 1000);
  }

  #fill(now: number): void {
    const { perSecond, burst } = this.#limit;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#time) / 1000) * perSecond);
    this.#time = now;
  }
}
