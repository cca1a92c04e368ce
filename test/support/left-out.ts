import { join } from 'node:path';
import { findChromium, howToGetChromium } from '../../scripts/engines/chromium.ts';
import { findZookeeper, howToGetZookeeper } from '../../scripts/engines/zookeeper.ts';
import { engines, findProgram, howToGet } from '../../scripts/engines/engines.ts';

/** At the end of a run that would have used them: the programs that tests lacked, and how to get them. */
function tellWhatWasLeftOut({
  testPathPatterns,
}: {
  readonly testPathPatterns: { readonly patterns: readonly string[] };
}): void {
  const { patterns } = testPathPatterns;
  const ran = (folder: string): boolean =>
    patterns.length === 0 || patterns.some((pattern) => pattern.includes(folder));
  if (ran('package') && findChromium() === undefined)
    process.stderr.write(`Left out: the tests of pages in a browser. ${howToGetChromium}\n`);
  if (!ran('kv')) return;
  if (findZookeeper(join(__dirname, '../..')) === undefined)
    process.stderr.write(`Left out: the tests of the backend zookeeper. ${howToGetZookeeper}\n`);
  for (const engine of engines) {
    if (findProgram(join(__dirname, '../..'), engine) !== undefined) continue;
    process.stderr.write(`Left out: the tests of the backend ${engine.name}. ${howToGet(engine)}\n`);
  }
}

// The name under which jest looks for it.
export { tellWhatWasLeftOut as default };
