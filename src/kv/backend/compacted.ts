import { KvError } from '../../errors/kv-error.ts';

/**
 * The error of changes that a store does not have. `from` is the revision that was asked for, `oldest` the oldest one
 * that can be.
 *
 * @example
 * ```ts
 * import { compacted } from 'swarmstate/kv/backend';
 *
 * function checkStart(from: bigint, oldest: bigint, revision: bigint): void {
 *   if (from < oldest || from > revision) throw compacted('mine', from, oldest);
 * }
 * ```
 */
export function compacted(backend: string, from: bigint, oldest: bigint): KvError<'ERR_KV_COMPACTED'> {
  const why = from < oldest ? `are not kept any more; ${oldest} is the oldest` : 'are unknown: it never came so far';
  return new KvError(
    'ERR_KV_COMPACTED',
    `the changes after revision ${from} of this store ${why}; read the state, and follow from its revision`,
    { backend, oldest },
  );
}
