import { StoreError } from '../errors/store-error.ts';
import type { Kind, Kinds } from '../wire/kinds.ts';
import { foldCase } from './case-folding.ts';
import type { Change } from './change.ts';
import type { StoreTable } from './store-table.ts';
import { createEvent, deleteEvent, updateEvent } from './events.ts';

/**
 * The three changes of one table, in the original's order of checks: on create references, name, existence, completeness; on update name, existence (the
 * other way round for resources), completeness. An object that is given here is canonical already.
 */
export class TableWriter<K extends Kind> {
  readonly #table: StoreTable<K>;
  readonly #change: Change;

  constructor(table: StoreTable<K>, change: Change) {
    this.#table = table;
    this.#change = change;
  }

  /** Throws `ERR_NO_KIND`, `ERR_NAME_CONFLICT`, `ERR_EXIST`, `ERR_INVALID_OBJECT`. */
  create(object: Kinds[K]): void {
    const { rows, declaration, kind } = this.#table;
    const { rules } = declaration;
    if (this.#change.origin !== 'copy') rules.checkReferences?.(object, this.#change);
    if (this.#change.origin === 'write') {
      this.#checkNameFree(object);
      rules.checkNewName?.(object, this.#change);
    }
    if (rows.head.get(object.id) !== undefined) {
      throw new StoreError('ERR_EXIST', `${kind} ${object.id} already exists; update it, or choose another id`, { kind, id: object.id });
    }
    if (this.#change.origin === 'write') rules.checkComplete?.(object);
    rows.insert(object.id, object);
    this.#change.events.push(createEvent(kind, object));
  }

  /** The first check of an update, to be had before there is anything to update with. Throws `ERR_EXTENSION_IMMUTABLE`. */
  checkUpdate(id: string): void {
    if (this.#change.origin !== 'copy') this.#table.declaration.rules.checkUpdate?.(id, this.#change);
  }

  /** Throws `ERR_EXTENSION_IMMUTABLE`, `ERR_NO_KIND`, `ERR_NAME_CONFLICT`, `ERR_NOT_EXIST`, `ERR_INVALID_OBJECT`. */
  update(object: Kinds[K], stored: Kinds[K] | undefined): void {
    const { rows, declaration, kind } = this.#table;
    const { rules } = declaration;
    this.checkUpdate(object.id);
    if (this.#change.origin !== 'copy') rules.checkReferences?.(object, this.#change);
    if (rules.existenceBeforeName === true && stored === undefined) throw this.missing(object.id);
    if (this.#change.origin === 'write') this.#checkNameFree(object, stored);
    if (stored === undefined) throw this.missing(object.id);
    if (this.#change.origin === 'write') rules.checkComplete?.(object);
    rows.replace(object.id, object);
    this.#change.events.push(updateEvent(kind, object, stored));
  }

  /** Throws `ERR_NOT_EXIST`, `ERR_EXTENSION_IN_USE`. */
  delete(id: string): void {
    const { rows, declaration, kind } = this.#table;
    const stored = rows.head.get(id);
    if (stored === undefined) throw this.missing(id);
    if (this.#change.origin !== 'copy') declaration.rules.checkDelete?.(stored, this.#change);
    rows.remove(id);
    this.#change.events.push(deleteEvent(kind, stored));
  }

  missing(id: string): StoreError<'ERR_NOT_EXIST'> {
    const { kind } = this.#table;
    return new StoreError('ERR_NOT_EXIST', `${kind} ${id} does not exist; it may have been deleted meanwhile`, { kind, id });
  }

  /** The name must be free; one that the object holds already stays its own, also where a replayed log gave it to others too. */
  #checkNameFree(object: Kinds[K], stored?: Kinds[K]): void {
    const { kind, declaration } = this.#table;
    const nameOf = declaration.rules.uniqueName;
    if (nameOf === undefined) return;
    const name = nameOf(object);
    if (stored !== undefined && (nameOf(stored) === name || foldCase(nameOf(stored)) === foldCase(name))) return;
    const holder = this.#change.find(kind, 'name', foldCase(name)).find((other) => other !== stored);
    if (holder === undefined) return;
    throw new StoreError('ERR_NAME_CONFLICT', `${kind} ${holder.id} has the name '${name}' already (names differ by more than case)`, {
      kind,
      id: object.id,
      conflictingName: name,
      holder: holder.id,
    });
  }
}
