/**
 * Where the public method that calls this was called: the frames above it. Only with `debug`, because it costs far more
 * than a write.
 */
export function callSite(debug: boolean): string | undefined {
  if (!debug) return undefined;
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, callSite);
  // Behind the headline and the public method itself.
  const frames = (site.stack ?? '').split('\n').slice(2, 5);
  return frames.map((frame) => frame.trim()).join(' < ');
}
