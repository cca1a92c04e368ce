/** The time that helpers go by. Give them one that a test turns by hand, or that runs faster than the wall clock. */
export interface Clock {
  /** Milliseconds since some beginning. */
  now(): number;
  /** Calls `callback` once, not before `time`. The function that it returns takes that back. */
  callAt(time: number, callback: () => void): () => void;
}

/** Longer waits are cut in pieces: beyond this, `setTimeout` calls back at once. */
const longestTimeout = 2 ** 31 - 1;

/** The computer's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  callAt(time, callback) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const wait = time - Date.now();
      timer = wait > longestTimeout ? setTimeout(arm, longestTimeout) : setTimeout(callback, Math.max(0, wait));
    };
    arm();
    return () => {
      clearTimeout(timer);
    };
  },
};
