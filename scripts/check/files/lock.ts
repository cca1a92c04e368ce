import type { Check } from '../../repository/check.ts';
import { readText } from '../../repository/repository.ts';

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * `npm ci` refuses a lock that lacks a package, also one for other platforms only. The client forgets those packages
 * when its registry does not have them.
 */
export const lock: Check = {
  name: 'lock',
  about: 'the lock files are complete and name no address',
  run() {
    return Promise.resolve(
      ['package-lock.json', 'bench/package-lock.json', 'scripts/smoke/project/package-lock.json'].flatMap(problemsOf),
    );
  },
};

function problemsOf(file: string): readonly string[] {
  const { packages } = JSON.parse(readText(file)) as Lock;
  const problems: string[] = [];
  for (const [path, { resolved, optionalDependencies }] of Object.entries(packages)) {
    if (resolved !== undefined) {
      problems.push(
        `${file}:1 ${path} has the address ${resolved}; run \`npm install --omit-lockfile-registry-resolved\``,
      );
    }
    for (const name of Object.keys(optionalDependencies ?? {})) {
      if (!placesOf(path, name).some((place) => place in packages)) {
        problems.push(
          `${file}:1 lacks ${name}, optional for ${path}: \`npm ci\` will fail; restore its entry from git`,
        );
      }
    }
  }
  return problems;
}

/**
 * Where Node looks for a dependency of the package at `path`: in its own node_modules, then in each one further out.
 */
function placesOf(path: string, name: string): readonly string[] {
  const places = [`${path}${path === '' ? '' : '/'}node_modules/${name}`];
  for (
    let at = path.lastIndexOf('node_modules/');
    at !== -1;
    at = at === 0 ? -1 : path.lastIndexOf('node_modules/', at - 1)
  ) {
    places.push(`${path.slice(0, at)}node_modules/${name}`);
  }
  return places;
}
