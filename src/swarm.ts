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
export type { ReadableStore } from './swarm/readable/readable-store.ts';
export { redactObject } from './swarm/redaction/redact.ts';
export type { Redaction } from './swarm/redaction/redact.ts';
