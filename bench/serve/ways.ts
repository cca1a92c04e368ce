/** How a reader reads: swarmkit's watch, the service Follow, or server-sent events. */
export type Way = 'watch' | 'follow' | 'events';

/** An order to the readers: `open` them, `count` messages up to that number for each, or `close` them. */
export type ReadersOrder =
  | { readonly open: string; readonly way: Way; readonly readers: number; readonly connections: number }
  | { readonly count: number }
  | { readonly close: true };

export const paths = {
  watch: '/docker.swarmkit.v1.Watch/Watch',
  follow: '/swarmstate.v1.Follow/Follow',
} as const;

/** Streams that are never read, streams that are opened and cancelled, or watches of a node each. */
export type Attack = 'unread' | 'resets' | 'watches';

/** An order to the attackers. */
export interface AttackOrder {
  readonly address: string;
  readonly attack: Attack;
  readonly count: number;
}
