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
