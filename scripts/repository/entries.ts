import { readText } from './repository.ts';

/** A specifier that users import, and the source it is built from. */
export interface Entry {
  /** `swarmstate/proto` */
  readonly specifier: string;
  /** `src/proto.ts` */
  readonly source: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/** The entries of the package, read from `exports` in package.json: nothing else lists them. */
export function packageEntries(): readonly Entry[] {
  const manifest = JSON.parse(readText('package.json')) as Manifest;
  return Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            specifier: manifest.name + subpath.slice(1),
            source: target.default.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts'),
          },
        ],
  );
}
