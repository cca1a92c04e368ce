import { StoreError } from '../../errors/store-error.ts';
import type { Extension } from '../../wire/generated/resource.ts';
import { foldCase } from '../../base/text/fold-case.ts';
import { isKindName } from '../schema/kinds.ts';
import { customIndex, nameIndex } from '../schema/table-declaration.ts';
import type { TableDeclaration } from '../schema/table-declaration.ts';
import type { RuleContext } from '../schema/table-rules.ts';

export const extensionFinders = ['byName', 'byCustom', 'byCustomPrefix'] as const;

const nameOf = (extension: Extension): string => extension.annotations.name;

/** No extension may have the name of one of the ten kinds, in any case of letters. */
function refuseReservedName(extension: Extension): void {
  if (!isKindName(foldCase(nameOf(extension)))) return;
  throw new StoreError(
    'ERR_NAME_CONFLICT',
    `'${nameOf(extension)}' is the name of a table of the store; choose another name for the extension`,
    {
      kind: 'extension',
      id: extension.id,
      conflictingName: nameOf(extension),
      holder: undefined,
    },
  );
}

/**
 * An extension cannot be deleted while resources of its kind exist. For a log entry the kind is compared with case, as
 * swarmkit does on replay.
 */
function refuseWhileInUse(extension: Extension, context: RuleContext): void {
  const name = nameOf(extension);
  const resources =
    context.origin === 'write'
      ? context.find('resource', 'foldedKind', foldCase(name))
      : context.find('resource', 'kind', name);
  if (resources.length === 0) return;
  throw new StoreError(
    'ERR_EXTENSION_IN_USE',
    `extension '${name}' (${extension.id}) has ${resources.length} resources of its kind; ` +
      `delete them first, ${resources[0]?.id ?? ''} among them`,
    { id: extension.id, resourceIds: resources.map((resource) => resource.id) },
  );
}

/** The table of extensions, which register the kinds of resources. Names are unique and never change. */
export const extensionTable: TableDeclaration<'extension'> = {
  kind: 'extension',
  indexes: [nameIndex(nameOf), customIndex((extension) => extension.annotations)],
  finders: extensionFinders,
  rules: {
    uniqueName: nameOf,
    checkNewName: refuseReservedName,
    checkUpdate: (id) => {
      throw new StoreError(
        'ERR_EXTENSION_IMMUTABLE',
        `extension ${id} cannot be changed; create one under another name`,
        { id },
      );
    },
    checkDelete: refuseWhileInUse,
  },
};
