import { unwrapBy } from '../../../model/find/finder.ts';
import type { By } from '../../../model/find/finder.ts';
import {
  and,
  byCustom,
  byCustomPrefix,
  byDesiredState,
  byId,
  byIdPrefix,
  byKind,
  byMembership,
  byName,
  byNamePrefix,
  byNodeId,
  byReferencedConfigId,
  byReferencedNetworkId,
  byReferencedSecretId,
  byRole,
  byServiceId,
  bySlot,
} from '../../../model/find/finders.ts';
import { assertTaken } from '../../../model/find/matches.ts';
import { isKindName } from '../../../model/schema/kinds.ts';
import { definitions } from '../../../model/tables/table-definition.ts';
import { taskName } from '../../../model/tables/task-name.ts';
import type { Kind, Kinds } from '../../../wire/generated/kinds.ts';
import type { SelectBy } from '../../../wire/generated/watch.ts';
import { RpcFailure } from '../../rpc/rpc-failure.ts';

/** The objects that an entry of a watch selects. */
export interface Conditions {
  readonly kind: Kind;
  readonly by: By<Kind> | undefined;
  /** The part of the conditions that no finder has: names with case. */
  readonly isNamed: ((object: Kinds[Kind]) => boolean) | undefined;
}

/** The finder of each filter, for the kinds that take it. */
const finders: { readonly [F in keyof SelectBy]-?: (value: NonNullable<SelectBy[F]>) => By<never> } = {
  id: byId,
  idPrefix: byIdPrefix,
  name: byName,
  namePrefix: byNamePrefix,
  // The kind in the value of these two is not looked at, as in swarmkit.
  custom: ({ index, value }) => byCustom(index, value),
  customPrefix: ({ index, value }) => byCustomPrefix(index, value),
  serviceId: byServiceId,
  nodeId: byNodeId,
  slot: ({ serviceId, slot }) => bySlot(serviceId, slot),
  desiredState: byDesiredState,
  role: byRole,
  membership: byMembership,
  referencedNetworkId: byReferencedNetworkId,
  referencedSecretId: byReferencedSecretId,
  referencedConfigId: byReferencedConfigId,
  kind: byKind,
};

/** Filters that exclude each other in one entry. */
const groups: Readonly<Partial<Record<keyof SelectBy, string>>> = {
  id: 'id',
  idPrefix: 'id',
  name: 'name',
  namePrefix: 'name',
  custom: 'custom',
  customPrefix: 'custom',
};

/**
 * The conditions of an entry. A kind that is none of the ten is the kind of resources. Throws `INVALID_ARGUMENT` with
 * swarmkit's text, and for a filter that objects of the kind do not have: swarmkit would select all of them.
 */
export function conditionsOf(kindText: string, filters: readonly SelectBy[], foldNames: boolean): Conditions {
  if (kindText === '') throw invalid('no kind of object specified');
  const kind: Kind = isKindName(kindText) ? kindText : 'resource';
  const members: By<never>[] = isKindName(kindText) ? [] : [byKind(kindText)];
  const seen = new Set<string>();
  const tests: ((object: Kinds[Kind]) => boolean)[] = [];
  for (const filter of filters) {
    const [name, value] = (Object.entries(filter).find(([, given]) => given !== undefined) ?? []) as [
      keyof SelectBy | undefined,
      unknown,
    ];
    if (name === undefined) throw invalid('a filter has no condition');
    const group = groups[name] ?? name;
    // A slot names its service, so a second service contradicts the first.
    if (seen.has(group) || (name === 'slot' && seen.has('serviceId')) || (name === 'serviceId' && seen.has('slot')))
      throw invalid('conflicting filters specified');
    seen.add(group);
    const by = (finders[name] as (value: unknown) => By<never>)(value);
    if (!isTaken(by, kind)) throw invalid(`objects of the kind ${kindText} have no filter ${name}`);
    members.push(by);
    if (foldNames) continue;
    if (name === 'name') tests.push((object) => nameOf(kind, object) === value);
    else if (name === 'namePrefix') tests.push((object) => nameOf(kind, object).startsWith(String(value)));
  }
  return {
    kind,
    by: members.length === 0 ? undefined : (and(...members) as By<Kind>),
    isNamed: tests.length === 0 ? undefined : (object) => tests.every((test) => test(object)),
  };
}

/** True where the table of the kind takes the finder. */
function isTaken(by: By<never>, kind: Kind): boolean {
  try {
    assertTaken(definitions[kind], unwrapBy(by, kind));
    return true;
  } catch {
    return false;
  }
}

/** The name that finds an object, with case. */
function nameOf(kind: Kind, object: Kinds[Kind]): string {
  switch (kind) {
    case 'node':
      return (object as Kinds['node']).description?.hostname ?? '';
    case 'task':
      return taskName(object as Kinds['task']);
    case 'extension':
    case 'resource':
      return (object as Kinds['resource']).annotations.name;
    default:
      return (object as Kinds['service']).spec.annotations.name;
  }
}

function invalid(text: string): RpcFailure {
  return new RpcFailure('invalidArgument', text);
}
