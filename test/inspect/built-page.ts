import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PageFile } from '../../src/inspect/serve/page-files.ts';
import { runProgram } from '../package/run-program.ts';

/** The files of the page, bundled from the sources as for the package. */
export function buildPage(): readonly PageFile[] {
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-page-'));
  try {
    const target = join(folder, 'page.json');
    runProgram(`
      import { writeFileSync } from 'node:fs';
      const { makePageFiles } = await import('./scripts/build/page-files.ts');
      writeFileSync(${JSON.stringify(target)}, JSON.stringify(await makePageFiles()));
    `);
    return JSON.parse(readFileSync(target, 'utf8')) as PageFile[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
