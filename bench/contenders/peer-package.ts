import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * A peer's package, typed by the caller: the packages are not there until the benchmarks are run for the first time, so
 * the compiler cannot know them.
 */
export function peerPackage(name: string): unknown {
  return require(name);
}

/** {@link peerPackage} for packages that are modules. */
export async function peerModule(name: string): Promise<unknown> {
  return (await import(name)) as unknown;
}
