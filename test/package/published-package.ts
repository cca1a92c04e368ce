import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifest, packageFolder } from './package-manifest.ts';
import { runProgram } from './run-program.ts';

/**
 * Says on standard output what the loader loads. Modules of CommonJS that others require do not come by: those are in
 * the cache of `require`.
 */
const spy = `
  import { register } from 'node:module';
  const hooks = "import { writeSync } from 'node:fs'; export function load(url, context, next) { writeSync(1, url + '\\\\n'); return next(url, context); }";
  register('data:text/javascript,' + encodeURIComponent(hooks));
`;

/** The package as it is published, its JavaScript at least, in a folder of its own. */
export class PublishedPackage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'swarmstate-published-'));

  constructor() {
    const { name, type, sideEffects, exports, browser } = manifest;
    const published = { name, type, sideEffects, exports, browser };
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(published));
    symlinkSync(join(packageFolder, 'node_modules'), join(this.folder, 'node_modules'), 'junction');
    this.build();
  }

  build(): void {
    runProgram(`
      const { bundle } = await import('./scripts/build/bundle.ts');
      await bundle(${JSON.stringify(join(this.folder, 'dist'))});
    `);
  }

  /** Runs a program of a user, an ECMAScript module; returns what it printed. */
  run(source: string, nodeFlags: readonly string[] = []): string {
    const child = spawnSync(process.execPath, [...nodeFlags, '--input-type=module', '--eval', source], {
      cwd: this.folder,
      encoding: 'utf8',
      timeout: 180_000,
      env: { PATH: process.env['PATH'] },
    });
    if (child.status !== 0)
      throw new Error(`the program ended with ${String(child.status ?? child.signal)}:\n${child.stderr}`);
    return child.stdout;
  }

  /** The files that an import of `specifier` loads: their number in the package, and the other packages. */
  loadedBy(specifier: string): { readonly own: number; readonly packages: readonly string[] } {
    const program = `
      import { createRequire } from 'node:module';
      import ${JSON.stringify(specifier)};
      console.log(Object.keys(createRequire(import.meta.url).cache).join('\\n'));
    `;
    const files = this.run(program, ['--import', `data:text/javascript,${encodeURIComponent(spy)}`]).split('\n');
    const packages = files.flatMap(
      (file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file.replaceAll('\\', '/'))?.[1] ?? [],
    );
    return {
      own: files.filter((file) => file.includes('/dist/') && !file.includes('/node_modules/')).length,
      packages: [...new Set(packages)].sort(),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
