/**
 * A real Docker Swarm, seen through a store for reading.
 *
 * @module swarmstate/swarm
 */
export { SwarmFolderError, isSwarmFolderError } from './errors/swarm-folder-error.ts';
export type {
  FolderPlace,
  SwarmFolderErrorCode,
  SwarmFolderErrorConstructor,
  SwarmFolderErrorData,
} from './errors/swarm-folder-error.ts';
export type { LogEntry } from './swarm/folder/folder-log.ts';
export { readSwarmFolder } from './swarm/folder/read-swarm-folder.ts';
export type { FolderIndexes, SwarmFolder, SwarmFolderOptions } from './swarm/folder/read-swarm-folder.ts';
export { followSwarm } from './swarm/live/follow-swarm.ts';
export type { Swarm } from './swarm/live/follow-swarm.ts';
export type { SwarmGap } from './swarm/live/gaps.ts';
export type { FollowSwarmOptions } from './swarm/live/options.ts';
export type { SwarmEvents, SwarmRetry, SwarmStatus, SwarmStatusChange } from './swarm/live/status.ts';
export { SwarmError, isSwarmError } from './errors/swarm-error.ts';
export type { SwarmErrorCode, SwarmErrorConstructor, SwarmErrorData } from './errors/swarm-error.ts';
export type { ReadableStore } from './readable/readable-store.ts';
export { redactObject } from './readable/redact.ts';
export type { Redaction } from './readable/redact.ts';
