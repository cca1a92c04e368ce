/** The members of a CycloneDX list that are read and added to. */
interface PartList {
  readonly metadata: { readonly component: { readonly 'bom-ref': string } };
  readonly components: readonly object[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** A package whose code is built into the published files. */
interface BuiltIn {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** The list of parts that `npm sbom` gave, and the parts that are built in: npm takes those for tools of developers. */
export function withBuiltIn(list: string, builtIn: readonly BuiltIn[]): string {
  const parts = JSON.parse(list) as PartList;
  const refs = builtIn.map(({ name, version }) => `${name}@${version}`);
  const own = parts.metadata.component['bom-ref'];
  const whole = {
    ...parts,
    components: [
      ...parts.components,
      ...builtIn.map(({ name, version, license }) => ({
        'bom-ref': `${name}@${version}`,
        type: 'library',
        name,
        version,
        scope: 'required',
        purl: `pkg:npm/${name}@${version}`,
        description: 'built into the published files',
        licenses: [{ license: { id: license } }],
      })),
    ],
    dependencies: [
      ...parts.dependencies.map(({ ref, dependsOn }) => ({
        ref,
        dependsOn: ref === own ? [...dependsOn, ...refs] : dependsOn,
      })),
      ...refs.map((ref) => ({ ref, dependsOn: [] })),
    ],
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** The members of package-lock.json that are read. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
}

/**
 * The lock of users who install the package alone: tools of developers and optional clients are left out. `npm sbom
 * --omit=dev` would not do: npm leaves out packages that both a tool and a dependency need.
 */
export function lockOfUsers(lock: Lock): Lock {
  const kept = Object.entries(lock.packages).filter(
    ([, { dev, devOptional, peer }]) => dev !== true && devOptional !== true && peer !== true,
  );
  return {
    ...lock,
    packages: Object.fromEntries(kept.map(([path, entry]) => [path, path === '' ? forUsers(entry) : entry])),
  };
}

/** A package.json, or its entry in a lock, without tools of developers and optional clients. */
export function forUsers<T extends object>(manifest: T): T {
  return { ...manifest, devDependencies: undefined, peerDependencies: undefined, peerDependenciesMeta: undefined };
}
