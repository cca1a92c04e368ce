/**
 * Stores that survive their process, and that several processes share: a log on a key/value store behind the store.
 *
 * @module swarmstate/replicated
 */
export { openStore } from './replicated/open/open-store.ts';
export type { InitialContents, ReplicatedOptions } from './replicated/open/options.ts';
export type { KvTarget, Target } from './replicated/open/target.ts';
export type {
  ReplicatedStats,
  ReplicatedStore,
  ReplicatedWriteOptions,
  TermOptions,
  WaitOptions,
} from './replicated/member/member-store.ts';
export type { TermClaim } from './replicated/member/claims.ts';
export type { StoreElection, StoreTerm } from './replicated/member/elections.ts';
export type { MemberFigures } from './replicated/member/figures.ts';
export type { KeyRing } from './replicated/log/key-ring.ts';
