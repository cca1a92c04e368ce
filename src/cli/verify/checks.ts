import { foldCase } from '../../base/text/fold-case.ts';
import { all } from '../../model/find/finders.ts';
import { makeBy } from '../../model/find/finder.ts';
import type { By } from '../../model/find/finder.ts';
import { indexFinders } from '../../model/schema/finder-declarations.ts';
import type { FinderName } from '../../model/schema/finder-declarations.ts';
import { kinds, tableNames } from '../../model/schema/kinds.ts';
import { declarations } from '../../model/tables/all-tables.ts';
import type { ReadTx } from '../../store/transaction/tx.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { referredKind } from '../query/kind-names.ts';
import { objectName } from '../query/object-name.ts';

/** The result of one check: what was looked at, and each problem. */
export interface CheckResult {
  readonly check: string;
  readonly looked: string;
  readonly problems: readonly string[];
}

/** References that lead nowhere. A finder with the parameter `serviceId` says that its keys are ids of services. */
export function checkReferences(tx: ReadTx): CheckResult {
  const problems: string[] = [];
  let count = 0;
  for (const kind of kinds) {
    for (const finder of declarations[kind].finders) {
      const [parameter, second] = indexFinders[finder].parameters as readonly { readonly name: string }[];
      const referred = parameter === undefined || second !== undefined ? undefined : referredKind(parameter.name);
      if (referred === undefined) continue;
      for (const object of tx.table(kind).iterate(all)) {
        for (const id of keysOf(kind, finder, object)) {
          if (id === '') continue;
          count += 1;
          if (tx.table(referred).get(id) === undefined)
            problems.push(`${described(kind, object)} refers to the ${referred} ${id}, which is not there`);
        }
      }
    }
  }
  const extensions = new Set(tx.extensions.find(all).map(({ annotations }) => foldCase(annotations.name)));
  for (const resource of tx.resources.iterate(all)) {
    count += 1;
    if (!extensions.has(foldCase(resource.kind)))
      problems.push(`${described('resource', resource)} is of the kind ${resource.kind}, which is not there`);
  }
  return { check: 'references', looked: `${count} references`, problems };
}

/** Names that several objects have, in the tables where names are unique. */
export function checkNames(tx: ReadTx): CheckResult {
  const problems: string[] = [];
  let count = 0;
  for (const kind of kinds) {
    const { uniqueName } = declarations[kind].rules as { readonly uniqueName?: (object: Kinds[Kind]) => string };
    if (uniqueName === undefined) continue;
    const holders = new Map<string, string>();
    for (const object of tx.table(kind).iterate(all)) {
      count += 1;
      const name = foldCase(uniqueName(object));
      const holder = holders.get(name);
      if (holder === undefined) holders.set(name, object.id);
      else problems.push(`${described(kind, object)} has the name of ${holder}`);
    }
  }
  return { check: 'names', looked: `${count} names`, problems };
}

/** Every index against lists that are made here, by a plain loop over all objects. */
export function checkIndexes(tx: ReadTx): CheckResult {
  const problems: string[] = [];
  let count = 0;
  for (const kind of kinds) {
    for (const finder of declarations[kind].finders) {
      if (indexFinders[finder].prefix) continue;
      const naive = new Map<string, string[]>();
      for (const object of tx.table(kind).iterate(all)) {
        for (const key of new Set(keysOf(kind, finder, object))) {
          const ids = naive.get(key);
          if (ids === undefined) naive.set(key, [object.id]);
          else ids.push(object.id);
        }
      }
      for (const [key, ids] of naive) {
        count += 1;
        const by: By<never> = makeBy({ by: 'index', finder, key, prefix: false });
        const found = tx.table(kind).find(by as By<typeof kind>);
        if (found.length !== ids.length || found.some(({ id }, at) => id !== ids[at]))
          problems.push(`${finder} finds ${found.length} ${tableNames[kind]} for one key, and ${ids.length} have it`);
      }
    }
  }
  return { check: 'indexes', looked: `${count} keys`, problems };
}

function keysOf<K extends Kind>(kind: K, finder: FinderName, object: Kinds[K]): readonly string[] {
  const index = declarations[kind].indexes.find(({ name }) => name === indexFinders[finder].index);
  const keys = index?.keys(object);
  return keys === undefined ? [] : typeof keys === 'string' ? [keys] : keys;
}

function described<K extends Kind>(kind: K, object: Kinds[K]): string {
  const name = objectName(kind, object);
  return `${kind} ${name === '' || name === object.id ? object.id : `${name} (${object.id})`}`;
}
