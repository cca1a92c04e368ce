/** A timer that does not keep the process alive, where the host has processes. */
export function background(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  // A browser's timer is a number.
  (timer as { readonly unref?: () => void }).unref?.();
  return timer;
}
