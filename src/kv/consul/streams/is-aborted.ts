/** A function, because the compiler does not expect the property to change during an `await`. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
