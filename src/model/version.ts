import { Version } from '../wire/generated/common.ts';
import type { VersionInput } from '../wire/generated/common.ts';

/** The canonical form of a version. Throws `ERR_INVALID_OBJECT`. */
export function versionOf(version: VersionInput): Version {
  return Version.from(version);
}

/** The version `steps` after another, or before it where `steps` is negative; at least 0. */
export function shiftVersion(version: Version, steps: number): Version {
  const index = BigInt(version.index) + BigInt(steps);
  return Version.from({ index: index < 0n ? 0n : index });
}

/** True when `a` is after `b`. Indexes beyond 2^53 are bigints; JavaScript compares them with numbers exactly. */
export function isAfter(a: Version, b: Version): boolean {
  return a.index > b.index;
}

/** The text of a version in a message. */
export function versionText(version: Version | undefined): string {
  return version === undefined ? 'none' : String(version.index);
}
