import { compareKeys } from '../api/key.ts';
import type { DriverStep } from '../backend/driver.ts';
import type { KvEvent, KvPair } from '../api/calls.ts';

/** The events of one key: a state that repeats what was told gives none. */
export function keyFold(key: string): (step: DriverStep) => readonly KvEvent[] {
  let told: bigint | undefined;
  const tell = (pair: KvPair | undefined): readonly KvEvent[] => {
    if (pair?.lastIndex === told) return [];
    told = pair?.lastIndex;
    return [pair === undefined ? { type: 'delete', key } : { type: 'put', key, pair }];
  };
  return (step) => (step.changes === undefined ? tell(step.state[0]) : step.changes.flatMap(({ pair }) => tell(pair)));
}

/** The listings of a tree: the first one always, then one for each step that changes something. */
export function treeFold(): (step: DriverStep) => readonly (readonly KvPair[])[] {
  let listed: Map<string, KvPair> | undefined;
  return (step) => {
    const before = listed;
    const now = step.state === undefined ? new Map(before) : new Map(step.state.map((pair) => [pair.key, pair]));
    for (const { key, pair } of step.changes ?? []) {
      if (pair === undefined) now.delete(key);
      else now.set(key, pair);
    }
    listed = now;
    const same =
      before?.size === now.size && [...now].every(([key, { lastIndex }]) => before.get(key)?.lastIndex === lastIndex);
    return same ? [] : [sorted([...now.values()])];
  };
}

export function sorted(pairs: readonly KvPair[]): readonly KvPair[] {
  return [...pairs].sort((a, b) => compareKeys(a.key, b.key));
}
