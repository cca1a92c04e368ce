import type { ReplicatedOptions } from 'swarmstate/replicated';
import type { MemberFigures } from '../../../src/replicated/member/figures.ts';
import type { HistoryOperation } from '../../../src/testing/history/history.ts';

/** The store that a process opens, given as its argument. */
export interface ProcessOptions {
  readonly target: string;
  readonly options: ReplicatedOptions;
  /** A planted fault: of so many updates, one is acknowledged and not made. */
  readonly losesOneOf?: number | undefined;
}

/** A step of an update: an append of a value that the driver chose, or a read. */
export type Step =
  | { readonly type: 'append'; readonly key: string; readonly value: number }
  | { readonly type: 'read'; readonly key: string };

export type Command =
  | { readonly id: number; readonly kind: 'update'; readonly steps: readonly Step[] }
  /** Reads lists, behind a barrier if `fresh`. */
  | { readonly id: number; readonly kind: 'read'; readonly keys: readonly string[]; readonly fresh: boolean }
  /** Everything that the store has, behind a barrier. */
  | { readonly id: number; readonly kind: 'state' }
  | { readonly id: number; readonly kind: 'figures' };

export interface MemberState {
  readonly version: number;
  /** The hash of the bytes of a snapshot. */
  readonly hash: string;
  readonly lists: readonly (readonly [key: string, values: readonly number[]])[];
}

export type Answer =
  | { readonly id: number; readonly kind: 'done'; readonly operations: readonly HistoryOperation[] }
  | { readonly id: number; readonly kind: 'state'; readonly state: MemberState }
  | { readonly id: number; readonly kind: 'figures'; readonly figures: MemberFigures }
  /** `code`: the code or name of the error. */
  | { readonly id: number; readonly kind: 'failed'; readonly code: string; readonly message: string };

/** The first message of a process: whether its store is open. */
export type Opened =
  { readonly kind: 'open' } | { readonly kind: 'not open'; readonly code: string; readonly message: string };
