import { compareUtf8 } from '../../base/text/utf8-order.ts';
import type { DriverStep } from '../backend/driver.ts';
import type { KvEvent, KvPair } from '../api/calls.ts';
import { Pair } from './pair.ts';

/** Turns the steps of a watch of one key into events. A state that repeats the last event gives none. */
export function keyFold(key: string): (step: DriverStep) => readonly KvEvent[] {
  let told: bigint | undefined;
  const tell = (pair: KvPair | undefined): readonly KvEvent[] => {
    if (pair?.lastIndex === told) return [];
    told = pair?.lastIndex;
    return [pair === undefined ? { type: 'delete', key } : { type: 'put', key, pair: new Pair(pair) }];
  };
  return (step) => (step.changes === undefined ? tell(step.state[0]) : step.changes.flatMap(({ pair }) => tell(pair)));
}

/**
 * Turns the steps of a watch of a tree into listings: one for the first step, then one for each step that changes the
 * tree. Each step costs O(keys in the tree).
 */
export function treeFold(): (step: DriverStep) => readonly (readonly Pair[])[] {
  let listed: Map<string, Pair> | undefined;
  return (step) => {
    const before = listed;
    const now =
      step.state === undefined ? new Map(before) : new Map(step.state.map((pair) => [pair.key, new Pair(pair)]));
    for (const { key, pair } of step.changes ?? []) {
      if (pair === undefined) now.delete(key);
      else now.set(key, new Pair(pair));
    }
    listed = now;
    const same =
      before?.size === now.size && [...now].every(([key, { lastIndex }]) => before.get(key)?.lastIndex === lastIndex);
    return same ? [] : [sorted([...now.values()])];
  };
}

/** Sorts pairs by the UTF-8 bytes of their keys. */
function sorted(pairs: readonly Pair[]): readonly Pair[] {
  return [...pairs].sort((a, b) => compareUtf8(a.key, b.key));
}
