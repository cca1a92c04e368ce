import { KvError } from '../../errors/kv-error.ts';
import { CallTimeout } from '../access/call-time.ts';
import { LogAccess } from '../access/log-access.ts';
import { systemEnv } from '../access/env.ts';
import type { Env } from '../access/env.ts';
import { framesOf } from '../log/frame.ts';
import { encryptionOf } from '../log/key-ring.ts';
import { LogKeys } from '../log/layout.ts';
import { Member } from '../member/member.ts';
import { MemberStore } from '../member/member-store.ts';
import type { ReplicatedStore } from '../member/member-store.ts';
import { readInitial } from './initial-contents.ts';
import { openLog, replaceLog } from './open-log.ts';
import { checkReplicatedOptions } from './options.ts';
import type { CheckedReplicatedOptions, ReplicatedOptions } from './options.ts';
import { openTarget } from './target.ts';
import type { OpenTarget, Target } from './target.ts';

/** How long a proposal without a caller tries to get a definite answer, in milliseconds. */
const CANCEL_MS = 5000;

/**
 * Opens a store that is kept in a key/value store: durable on one machine with `lmdb:PATH`, shared by several processes
 * of several machines with `etcd://HOST:PORT,HOST:PORT/PREFIX`. Every process that opens the same place is a member,
 * and every member can write. Resolves when the store has everything that was in the log at the call.
 *
 * Rejects with `ERR_INVALID_OBJECT`, `ERR_NOT_EMPTY`, `ERR_MEMBERS_ALIVE`, `ERR_READ_ONLY`, the errors of
 * `createStore`, and the signal's reason. `ERR_LOG_REFUSED` means that something is below the prefix that this release
 * cannot read.
 *
 * @example
 * ```ts
 * import { newId } from 'swarmstate';
 * import { openStore } from 'swarmstate/replicated';
 *
 * const store = await openStore('memory:');
 * const node = await store.update((tx) => tx.nodes.create({ id: newId() }));
 * await store.barrier();
 * console.log(store.view((tx) => tx.nodes.get(node.id)?.id === node.id), store.member.committed);
 * await store.close();
 * ```
 */
export async function openStore(target: Target, options: ReplicatedOptions = {}): Promise<ReplicatedStore> {
  const checked = checkReplicatedOptions(options);
  checked.signal?.throwIfAborted();
  const opened = await openTarget(target, checked.engine, checked.readOnly);
  return openReplicated(opened, checked, systemEnv, true);
}

/** {@link openStore} with another source of time and randomness: everything that a member does comes from there. */
export async function openReplicated(
  target: OpenTarget,
  options: CheckedReplicatedOptions,
  env: Env,
  presence: boolean,
): Promise<ReplicatedStore> {
  const release = (): Promise<void> => (target.owned ? target.kv.close() : Promise.resolve());
  try {
    const { signal, readOnly } = options;
    const keys = new LogKeys(target.prefix);
    const access = new LogAccess(target.kv, keys, env.clock, options.callMs);
    const frames = framesOf(
      options.keys === undefined ? undefined : encryptionOf(options.keys, (size) => env.random(size)),
    );
    const parts = { access, frames, env, readOnly, signal };
    if (options.recover !== undefined) await replaceLog(parts, await readInitial(options.recover, signal));
    const bootstrap = options.bootstrap === undefined ? undefined : await readInitial(options.bootstrap, signal);
    const log = await openLog(parts, bootstrap);
    const member = new Member(
      log,
      { ...options, snapshotEvery: options.snapshotEvery, cancelMs: CANCEL_MS, presence },
      env,
    );
    const store = new MemberStore(member, options.store ?? {}, release);
    try {
      await member.start(store, signal);
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  } catch (error) {
    await release();
    throw error instanceof CallTimeout ? notReachable(target.kv.backend, error) : error;
  }
}

/** The error of a store that cannot be opened, because no server answered in time. */
function notReachable(backend: string, cause: CallTimeout): KvError<'ERR_KV_NOT_REACHABLE'> {
  const message = `${cause.message}: look whether its servers run, and whether the address is right`;
  return new KvError('ERR_KV_NOT_REACHABLE', message, { backend }, { cause });
}
