import { StoreError } from '../../errors/store-error.ts';
import type { ObjectEvent } from '../../model/events.ts';
import type { Resource } from '../../wire/generated/resource.ts';
import type { Volume } from '../../wire/generated/volume.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { Contents } from './contents.ts';
import { checkExtensionUnused, checkName, checkReservedName, checkResourceKind } from './rules.ts';

/**
 * The origin of a change, which decides the checks: a user's transaction, the replay of a log entry, or the copy of
 * another store's state.
 */
export type Origin = 'write' | 'log' | 'copy';

/** The changes of a transaction, as events. Takes canonical objects. The checks are in swarmkit's order. */
export class Changes {
  readonly contents: Contents;
  readonly events: ObjectEvent[] = [];
  readonly #origin: Origin;

  constructor(contents: Contents, origin: Origin) {
    this.contents = contents;
    this.#origin = origin;
  }

  create<K extends Kind>(kind: K, object: Kinds[K]): void {
    const table = this.contents.table(kind);
    this.#checkReferences(kind, object);
    if (this.#origin === 'write') {
      checkName(this.contents, kind, object);
      if (kind === 'extension') checkReservedName(object as Kinds['extension']);
    }
    if (table.has(object.id)) throw new StoreError('ERR_EXIST', 'model', { kind, id: object.id });
    this.#checkComplete(kind, object);
    table.set(object.id, object);
    this.#record({ action: 'create', kind, object });
  }

  update<K extends Kind>(kind: K, object: Kinds[K]): void {
    const table = this.contents.table(kind);
    const stored = table.get(object.id);
    if (kind === 'extension' && this.#origin !== 'copy')
      throw new StoreError('ERR_EXTENSION_IMMUTABLE', 'model', { id: object.id });
    this.#checkReferences(kind, object);
    // Only for resources is existence checked before the name.
    if (kind === 'resource' && stored === undefined) throw missing(kind, object.id);
    if (this.#origin === 'write') checkName(this.contents, kind, object, stored);
    if (stored === undefined) throw missing(kind, object.id);
    this.#checkComplete(kind, object);
    table.set(object.id, object);
    this.#record({ action: 'update', kind, object, oldObject: stored });
  }

  delete(kind: Kind, id: string): void {
    const table = this.contents.table(kind);
    const stored = table.get(id);
    if (stored === undefined) throw missing(kind, id);
    if (kind === 'extension' && this.#origin !== 'copy')
      checkExtensionUnused(this.contents, stored as Kinds['extension'], this.#origin === 'log');
    table.delete(id);
    this.#record({ action: 'delete', kind, object: stored });
  }

  /** Throws unless the resource's kind is registered. */
  #checkReferences(kind: Kind, object: Kinds[Kind]): void {
    if (kind === 'resource' && this.#origin !== 'copy') checkResourceKind(this.contents, object as Resource);
  }

  /** Throws unless the volume names its driver. */
  #checkComplete(kind: Kind, object: Kinds[Kind]): void {
    if (kind !== 'volume' || this.#origin !== 'write' || (object as Volume).spec.driver !== undefined) return;
    throw new StoreError('ERR_INVALID_OBJECT', 'model', {
      messageType: 'docker.swarmkit.v1.Volume',
      path: ['spec', 'driver'],
    });
  }

  #record(event: {
    readonly action: string;
    readonly kind: Kind;
    readonly object: Kinds[Kind];
    readonly oldObject?: Kinds[Kind];
  }): void {
    this.events.push(event as unknown as ObjectEvent);
  }
}

/** The error of a change of an object that does not exist. */
export function missing(kind: Kind, id: string): StoreError<'ERR_NOT_EXIST'> {
  return new StoreError('ERR_NOT_EXIST', 'model', { kind, id });
}
