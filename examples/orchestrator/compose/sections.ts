import { folderOf, pathFrom } from './compose-files.ts';
import type { ComposeFiles } from './compose-files.ts';
import { hint } from './value.ts';
import type { Entry, Value } from './value.ts';

export const sectionNames = ['services', 'networks', 'secrets', 'configs'] as const;

/** The top-level sections of a Compose file and of the files that it includes: entries by their names. */
export type Sections = Readonly<Record<(typeof sectionNames)[number], ReadonlyMap<string, Entry>>> & {
  readonly name: string | undefined;
};

/** A name that containers can have: what Compose allows. */
const nameOfService = /^[\w.-]+$/;

/** Reads the sections of a file, and adds those of the files that it includes. `including` has the files around it. */
export function readSections(root: Value, files: ComposeFiles, including: readonly string[] = []): Sections {
  const sections = {
    services: new Map<string, Entry>(),
    networks: new Map<string, Entry>(),
    secrets: new Map<string, Entry>(),
    configs: new Map<string, Entry>(),
  };
  let name: string | undefined;
  let include: Value | undefined;
  root.read({
    name: (value) => (name = value.text()),
    // Old files still have this key, which has no meaning any more.
    version: () => undefined,
    include: (value) => (include = value),
    ...Object.fromEntries(
      sectionNames.map((section) => [
        section,
        (value: Value) => {
          for (const entry of value.entries()) if (isNamed(entry)) sections[section].set(entry.key, entry);
        },
      ]),
    ),
  });
  for (const part of include?.parts() ?? []) {
    for (const item of part.list()) {
      const included = readIncluded(item, files, including);
      if (included === undefined) continue;
      for (const section of sectionNames) {
        for (const [key, entry] of included[section]) {
          const other = sections[section].get(key);
          if (other === undefined) sections[section].set(key, entry);
          else
            other.keyValue.error(
              `${section}.${key} is also in ${entry.keyValue.position}, which ${item.path} includes; ` +
                'rename one, or extend the service instead',
            );
        }
      }
    }
  }
  return { name, ...sections };
}

function isNamed({ key, keyValue }: Entry): boolean {
  if (key.startsWith('x-')) return false;
  if (nameOfService.test(key)) return true;
  keyValue.error(`${keyValue.path}: a name has letters, digits, dots, dashes and underscores`);
  return false;
}

/** True for `oci://…`, `https://…` and `git@…`. */
function isRemote(path: string): boolean {
  return /^(?:\w+:\/\/|git@)/.test(path);
}

/** Reads an entry of `include`: a path, or a mapping with one or several paths, whose files lie over each other. */
function readIncluded(item: Value, files: ComposeFiles, including: readonly string[]): Sections | undefined {
  const { folder: own, environment } = item.source;
  let paths: readonly string[] = [];
  let folder: string | undefined;
  let variableFiles: readonly string[] | undefined;
  const pathsOf = (value: Value): readonly string[] => {
    const given = value.isList ? value.texts() : [value.text() ?? ''];
    return given.filter((path) => path !== '').map((path) => (isRemote(path) ? path : pathFrom(own, path)));
  };
  if (item.isMapping)
    item.read({
      path: (member) => (paths = pathsOf(member)),
      project_directory: (member) => (folder = pathsOf(member)[0]),
      env_file: (member) => (variableFiles = pathsOf(member)),
    });
  else paths = pathsOf(item);
  const [first] = paths;
  if (first === undefined) {
    if (item.isMapping) item.error(`${item.path} has no path; name the file to include`);
    return undefined;
  }
  const remote = paths.find(isRemote);
  if (remote !== undefined) {
    item.warn(`${item.path} is left out: ${remote} is not on this machine`);
    return undefined;
  }
  const again = paths.find((path) => including.includes(path));
  if (again !== undefined) {
    item.error(`${item.path} includes ${again}, which includes this file`);
    return undefined;
  }
  const home = folder ?? folderOf(first);
  const variables = (variableFiles ?? [pathFrom(home, '.env')]).map((path) => files.variables(path, environment));
  // The variables around a file win over its own.
  const inside = Object.assign({}, ...variables, environment) as typeof environment;
  const roots = paths.map((path) => files.load(path, item, home, inside));
  const root = roots.reduce((below, above) => (below === undefined ? above : (above?.over(below) ?? below)), undefined);
  return root === undefined ? undefined : readSections(root, files, [...including, ...paths]);
}

/**
 * A service over the service that it extends, which may extend another one. `services` has the services of the same
 * file. `extending` has the services on the way here.
 */
export function extended(
  entry: Entry,
  services: ReadonlyMap<string, Entry>,
  files: ComposeFiles,
  extending: readonly string[] = [],
): Value {
  const { value } = entry;
  const member = value.member('extends');
  if (member === undefined || member.isEmpty) return value;
  let name: string | undefined;
  let file: string | undefined;
  if (member.isMapping) {
    member.read({ service: (part) => (name = part.text()), file: (part) => (file = part.text()) });
    if (name === undefined) member.error(`${member.path} has no service; name the one to extend`);
  } else name = member.text();
  if (name === undefined) return value;
  let siblings = services;
  if (file !== undefined) {
    const path = pathFrom(member.source.folder, file);
    const root = files.load(path, member, folderOf(path), member.source.environment);
    if (root === undefined) return value;
    siblings = new Map((root.member('services')?.entries() ?? []).map((sibling) => [sibling.key, sibling]));
  }
  const base = member.expect(
    siblings.get(name),
    `${member.path}: there is no service '${name}'` +
      (file === undefined ? '' : ` in ${file}`) +
      hint(name, siblings.keys()),
  );
  if (base === undefined) return value;
  const step = `${base.keyValue.source.file ?? ''}:${base.keyValue.path}`;
  if (extending.includes(step)) {
    member.error(`${member.path}: ${name} extends this service in turn; one of them has to stand by itself`);
    return value;
  }
  return value.over(extended(base, siblings, files, [...extending, step]));
}
