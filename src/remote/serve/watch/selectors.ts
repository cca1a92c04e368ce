import { matches } from '../../../model/find/matches.ts';
import type { ObjectAction, Selector } from '../../../watch/selector.ts';
import type { Kind, Kinds } from '../../../wire/generated/kinds.ts';
import type { WatchRequest } from '../../../wire/generated/watch.ts';
import { RpcFailure } from '../../rpc/rpc-failure.ts';
import { conditionsOf } from './conditions.ts';

const actions: readonly (readonly [number, ObjectAction])[] = [
  [1, 'create'],
  [2, 'update'],
  [4, 'delete'],
];

/**
 * The selectors of a request, one for each action of each entry. An update is selected where the object before it or
 * after it fulfils the conditions, so that a watcher learns of objects that leave. Names are compared with case, unless
 * `foldNames`. Throws `INVALID_ARGUMENT`.
 */
export function selectorsOf({ entries }: Pick<WatchRequest, 'entries'>, foldNames: boolean): readonly Selector[] {
  return entries.flatMap(({ kind: kindText, action, filters }) => {
    const { kind, by, isNamed } = conditionsOf(kindText, filters, foldNames);
    const wanted = actions.filter(([bit]) => (action & bit) !== 0);
    if (wanted.length === 0) throw new RpcFailure('invalidArgument', 'unrecognized action');
    const holds = (object: Kinds[Kind]): boolean =>
      isNamed?.(object) !== false && (by === undefined || matches(by, kind, object));
    return wanted.map(([, name]) => {
      const check =
        isNamed === undefined
          ? undefined
          : (object: Kinds[Kind], oldObject: Kinds[Kind] | undefined): boolean =>
              holds(object) || (oldObject === undefined ? name === 'update' : holds(oldObject));
      return { kind, action: name, by, check } as Selector;
    });
  });
}
