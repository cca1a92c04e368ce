import { StoreError } from '../../errors/store-error.ts';
import type { Resource } from '../../wire/generated/resource.ts';
import { foldCase } from '../../base/text/fold-case.ts';
import { customIndex, index, nameIndex } from '../schema/table-declaration.ts';
import type { TableDeclaration } from '../schema/table-declaration.ts';
import type { RuleContext } from '../schema/table-rules.ts';

export const resourceFinders = ['byName', 'byNamePrefix', 'byKind', 'byCustom', 'byCustomPrefix'] as const;

const nameOf = (resource: Resource): string => resource.annotations.name;

/** The kind of a resource has to be the name of an extension, in any case of letters. */
function refuseUnregisteredKind(resource: Resource, context: RuleContext): void {
  if (context.find('extension', 'name', foldCase(resource.kind)).length > 0) return;
  throw new StoreError(
    'ERR_NO_KIND',
    `resource ${resource.id} is of kind '${resource.kind}', which no extension registers; register the kind first: ` +
      'register(tx) of what defineResource gave, or tx.extensions.create',
    { id: resource.id, resourceKind: resource.kind },
  );
}

/** The table of resources: objects of the kinds that extensions register. Names are unique over all kinds. */
export const resourceTable: TableDeclaration<'resource'> = {
  kind: 'resource',
  indexes: [
    nameIndex(nameOf),
    index(
      'kind',
      (resource) => resource.kind,
      (before, after) => before.kind === after.kind,
    ),
    // For the rule of extensions in use, which compares kinds without case.
    index(
      'foldedKind',
      (resource) => foldCase(resource.kind),
      (before, after) => before.kind === after.kind,
    ),
    customIndex((resource) => resource.annotations),
  ],
  finders: resourceFinders,
  rules: { uniqueName: nameOf, checkReferences: refuseUnregisteredKind, existenceBeforeName: true },
};
