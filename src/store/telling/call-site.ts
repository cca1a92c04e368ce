/**
 * The place where the calling public method was called: the stack frames above it. Only with `debug`, because a stack
 * trace costs far more than a write.
 */
export function callSite(debug: boolean): string | undefined {
  if (!debug) return undefined;
  const site: { stack?: string } = {};
  (Error as Partial<typeof Error>).captureStackTrace?.(site, callSite);
  // The headline and the public method itself are left out.
  const frames = (site.stack ?? '').split('\n').slice(2, 5);
  return frames.map((frame) => frame.trim()).join(' < ');
}
