import { StoreError } from '../../errors/store-error.ts';
import type { Extension, Resource } from '../../wire/generated/resource.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { nameOf } from './attributes.ts';
import type { Contents } from './contents.ts';
import { kinds } from './kinds.ts';
import { foldCase } from './text.ts';

/** The kinds whose names may repeat. */
const namesRepeat: readonly Kind[] = ['node', 'task'];

/**
 * Refuses a name that another object has. `stored` is the object that an update replaces: an unchanged name is no
 * conflict.
 */
export function checkName<K extends Kind>(contents: Contents, kind: K, object: Kinds[K], stored?: Kinds[K]): void {
  if (namesRepeat.includes(kind)) return;
  const name = nameOf(kind, object) ?? '';
  if (stored !== undefined && foldCase(nameOf(kind, stored) ?? '') === foldCase(name)) return;
  const holder = contents.list(kind).find((other) => foldCase(nameOf(kind, other) ?? '') === foldCase(name));
  if (holder !== undefined) throw nameConflict(kind, object.id, name, holder.id);
}

/** Refuses the name of a kind as the name of an extension. */
export function checkReservedName(extension: Extension): void {
  const { name } = extension.annotations;
  if (kinds.some((kind) => kind === foldCase(name))) throw nameConflict('extension', extension.id, name, undefined);
}

/** Refuses a resource whose kind is not the name of an extension. */
export function checkResourceKind(contents: Contents, resource: Resource): void {
  const wanted = foldCase(resource.kind);
  if (contents.list('extension').some((extension) => foldCase(extension.annotations.name) === wanted)) return;
  throw new StoreError('ERR_NO_KIND', 'model', { id: resource.id, resourceKind: resource.kind });
}

/** Refuses to delete an extension while resources of its kind exist. The replay of a log compares kinds with case. */
export function checkExtensionUnused(contents: Contents, extension: Extension, withCase: boolean): void {
  const { name } = extension.annotations;
  const users = contents
    .list('resource')
    .filter((resource) => (withCase ? resource.kind === name : foldCase(resource.kind) === foldCase(name)));
  if (users.length > 0) {
    throw new StoreError('ERR_EXTENSION_IN_USE', 'model', {
      id: extension.id,
      resourceIds: users.map((resource) => resource.id),
    });
  }
}

function nameConflict(
  kind: Kind,
  id: string,
  conflictingName: string,
  holder: string | undefined,
): StoreError<'ERR_NAME_CONFLICT'> {
  return new StoreError('ERR_NAME_CONFLICT', 'model', { kind, id, conflictingName, holder });
}
