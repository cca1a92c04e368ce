import { isTypedError, typedErrorClass } from './typed-error.ts';
import type { TypedError, TypedErrorConstructor } from './typed-error.ts';

/** The place of the fault, where there is one. */
export interface FolderPlace {
  /** The path of the file or folder. */
  readonly file?: string | undefined;
  /** The byte of the file at which the faulty record begins. */
  readonly offset?: number | undefined;
}

/** The data fields that an error has besides `code`, `message` and `cause`, by code. */
export interface SwarmFolderErrorData {
  /** A misspelt or impossible argument or option; `argument` is its name. */
  ERR_FOLDER_INVALID_ARGUMENT: FolderPlace & { readonly argument: string };
  /** The folder is not there, or has no log of a manager in it: a worker's, or one of a node that left its swarm. */
  ERR_FOLDER_NOT_FOUND: FolderPlace;
  /** The system refused to read; `cause` is its error. */
  ERR_FOLDER_UNREADABLE: FolderPlace;
  /** The keys are locked, and no unlock key was given. */
  ERR_FOLDER_LOCKED: FolderPlace;
  /** The unlock key is malformed, or opens nothing. */
  ERR_FOLDER_UNLOCK_KEY: FolderPlace & {
    /** The version of the cluster at which the unlock key was set, where the folder tells. */
    readonly kekVersion: number | undefined;
  };
  /** There is no key for a record. Key and log are of different moments or managers. */
  ERR_FOLDER_DATA_KEY: FolderPlace & {
    /** The log index of the entry or of the snapshot. */
    readonly index: number | undefined;
  };
  /** The package that decrypts is not installed, or could not be loaded. */
  ERR_FOLDER_CIPHER_MISSING: FolderPlace & { readonly packageName: string };
  /** Bytes were changed or lost. Nothing is given, because it might be wrong. */
  ERR_FOLDER_DAMAGED: FolderPlace & {
    /** The byte at which intact records go on; undefined where none do. */
    readonly intactAt: number | undefined;
  };
  /** Entries are missing before the first one that is there, or in the middle. */
  ERR_FOLDER_GAP: FolderPlace & { readonly needed: number; readonly present: number | undefined };
  /** The log ends before entries that were committed. */
  ERR_FOLDER_ENTRIES_LOST: FolderPlace & { readonly last: number; readonly commit: number };
  /** The folders are not of one swarm, or contradict each other. */
  ERR_FOLDER_MISMATCH: FolderPlace;
  /** The folder changes while it is read, or has changed since it was read. */
  ERR_FOLDER_CHANGED: FolderPlace;
}

/** Every code that a {@link SwarmFolderError} can have. */
export type SwarmFolderErrorCode = keyof SwarmFolderErrorData;

/** An expected failure of reading a state folder. Narrow it with {@link isSwarmFolderError}. */
export type SwarmFolderError<C extends SwarmFolderErrorCode = SwarmFolderErrorCode> = TypedError<
  'SwarmFolderError',
  SwarmFolderErrorData,
  C
>;

export type SwarmFolderErrorConstructor = TypedErrorConstructor<'SwarmFolderError', SwarmFolderErrorData>;

/**
 * The error class of state folders. The message names the file, says what is wrong, and what to do about it; it never
 * shows contents or keys.
 *
 * @example
 * ```ts
 * import { isSwarmFolderError, readSwarmFolder } from 'swarmstate/swarm';
 *
 * try {
 *   const folder = await readSwarmFolder('/var/lib/docker/swarm');
 *   console.log(folder.warnings);
 * } catch (error) {
 *   if (!isSwarmFolderError(error, 'ERR_FOLDER_DAMAGED')) throw error;
 *   console.log(`${error.file}, byte ${error.offset}: intact again at ${error.intactAt}`);
 * }
 * ```
 */
export const SwarmFolderError: SwarmFolderErrorConstructor = typedErrorClass('SwarmFolderError');

/**
 * True when `error` is a {@link SwarmFolderError}, and has that code where one is given. The test looks at the shape
 * and not at the class, so that it also accepts errors of a second copy of the package.
 */
export function isSwarmFolderError<C extends SwarmFolderErrorCode = SwarmFolderErrorCode>(
  error: unknown,
  code?: C,
): error is SwarmFolderError<C> {
  return isTypedError(error, 'SwarmFolderError', code);
}
