import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The fields of package.json that a release looks at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly author?: unknown;
  readonly homepage?: unknown;
  readonly repository?: unknown;
  readonly bugs?: unknown;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** A release under way. */
export interface Release {
  /** The folder of package.json. */
  readonly root: string;
  readonly manifest: Manifest;
  readonly dryRun: boolean;
  readonly skipCi: boolean;
  /** The folder for the tarball and the list of parts. */
  readonly folder: string;
}

/** The result of one step. */
export interface Outcome {
  /** The faults that stop a release, each with the way out. */
  readonly problems: readonly string[];
  /** The conditions that only the owner of the package can meet. They stop a release, and a dry run tells them. */
  readonly owner?: readonly string[];
  /** Lines for people. */
  readonly notes?: readonly string[];
}

export function readManifest(root: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
}

export function tarballOf({ name, version }: Manifest): string {
  return `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`;
}
