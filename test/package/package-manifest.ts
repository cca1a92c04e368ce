import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of package.json. */
export const packageFolder: string = join(__dirname, '../..');

interface Manifest {
  readonly name: string;
  readonly type: string;
  readonly sideEffects: boolean;
  readonly engines: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly browser: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export const manifest: Manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as Manifest;
