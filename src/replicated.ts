/**
 * Stores that survive their process, and that several processes share: a log on a key/value store behind the store.
 *
 * @module swarmstate/replicated
 */
export { openStore } from './replicated/open/open-store.ts';
export type { InitialContents, ReplicatedOptions } from './replicated/open/options.ts';
export type { KvTarget, Target } from './replicated/open/target.ts';
export type { ReplicatedStats, ReplicatedStore, WaitOptions } from './replicated/member/member-store.ts';
export type { MemberFigures } from './replicated/member/figures.ts';
export type { KeyRing } from './replicated/log/key-ring.ts';
