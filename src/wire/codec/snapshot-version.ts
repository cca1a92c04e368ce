import { StoreError } from '../../errors/store-error.ts';

/** Refuses a snapshot of a layout that this release does not know. */
export function checkSnapshotVersion(version: number): void {
  if (version === 0) return;
  throw new StoreError(
    'ERR_INVALID_SNAPSHOT',
    `A snapshot of version ${version}: this release knows version 0 only. Use a newer release.`,
    {},
  );
}
