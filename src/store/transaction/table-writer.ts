import { quote } from '../../base/text/describe.ts';
import { foldCase } from '../../base/text/fold-case.ts';
import { StoreError } from '../../errors/store-error.ts';
import { createEvent, deleteEvent, updateEvent } from '../../model/events.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { ChangeList } from './change-list.ts';
import type { StoreTable } from './store-tables.ts';

/**
 * The three changes of one table, in the original's order of checks: on create references, name, existence,
 * completeness; on update name, existence (the other way round for resources), completeness. The given objects are
 * canonical.
 */
export class TableWriter<K extends Kind> {
  readonly #table: StoreTable<K>;
  readonly #change: ChangeList;

  constructor(table: StoreTable<K>, change: ChangeList) {
    this.#table = table;
    this.#change = change;
  }

  /** Throws `ERR_NO_KIND`, `ERR_NAME_CONFLICT`, `ERR_EXIST`, `ERR_INVALID_OBJECT`. */
  create(object: Kinds[K]): Kinds[K] {
    const { rows, declaration, kind } = this.#table;
    const { rules } = declaration;
    if (this.#change.origin !== 'copy') rules.checkReferences?.(object, this.#change);
    if (this.#change.origin === 'write') {
      this.#checkNameFree(object);
      rules.checkNewName?.(object, this.#change);
    }
    if (rows.head.get(object.id) !== undefined) {
      throw new StoreError('ERR_EXIST', `${kind} ${object.id} already exists; update it, or choose another id`, {
        kind,
        id: object.id,
      });
    }
    if (this.#change.origin === 'write') rules.checkComplete?.(object);
    const row = this.#change.stamped(this.#table, object, undefined);
    rows.insert(row.id, row);
    this.#change.events.push(createEvent(kind, row));
    return row;
  }

  /** The first check of an update, which comes before the new object is known. Throws `ERR_EXTENSION_IMMUTABLE`. */
  checkUpdate(id: string): void {
    if (this.#change.origin !== 'copy') this.#table.declaration.rules.checkUpdate?.(id, this.#change);
  }

  /**
   * Throws `ERR_EXTENSION_IMMUTABLE`, `ERR_NO_KIND`, `ERR_NAME_CONFLICT`, `ERR_NOT_EXIST`, `ERR_SEQUENCE_CONFLICT`,
   * `ERR_INVALID_OBJECT`. `based` objects were made of the stored object, so that their version needs no check.
   */
  update(object: Kinds[K], stored: Kinds[K] | undefined, based: boolean): Kinds[K] {
    const { rows, declaration, kind } = this.#table;
    const { rules } = declaration;
    this.checkUpdate(object.id);
    if (this.#change.origin !== 'copy') rules.checkReferences?.(object, this.#change);
    if (rules.existenceBeforeName === true && stored === undefined) throw this.missing(object.id);
    if (this.#change.origin === 'write') this.#checkNameFree(object, stored);
    if (stored === undefined) throw this.missing(object.id);
    if (!based) this.#checkSequence(object, stored);
    if (this.#change.origin === 'write') rules.checkComplete?.(object);
    const row = this.#change.stamped(this.#table, object, stored);
    rows.replace(row.id, row);
    this.#change.events.push(updateEvent(kind, row, stored));
    return row;
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
    // An id of another type, which no object has, may have no text.
    const shown = typeof id === 'string' ? id : quote(id);
    return new StoreError('ERR_NOT_EXIST', `${kind} ${shown} does not exist; it may have been deleted meanwhile`, {
      kind,
      id,
    });
  }

  /**
   * With versions, an update has to carry the version of the stored object: otherwise it is based on an older object.
   */
  #checkSequence(object: Kinds[K], stored: Kinds[K]): void {
    if (this.#change.base === undefined || object.meta.version.index === stored.meta.version.index) return;
    const { kind } = this.#table;
    throw new StoreError(
      'ERR_SEQUENCE_CONFLICT',
      `the update of ${kind} ${object.id} is based on version ${object.meta.version.index}, ` +
        `but version ${stored.meta.version.index} is stored; ` +
        'read the object again and change that, or use modify',
      { kind, id: object.id, base: object.meta.version, stored, given: object },
    );
  }

  /** The name has to be free. An object keeps its own name, also where a replayed log gave that name to others. */
  #checkNameFree(object: Kinds[K], stored?: Kinds[K]): void {
    const { kind, declaration } = this.#table;
    const nameOf = declaration.rules.uniqueName;
    if (nameOf === undefined) return;
    const name = nameOf(object);
    if (stored !== undefined && (nameOf(stored) === name || foldCase(nameOf(stored)) === foldCase(name))) return;
    const holder = this.#change.find(kind, 'name', foldCase(name)).find((other) => other !== stored);
    if (holder === undefined) return;
    throw new StoreError(
      'ERR_NAME_CONFLICT',
      `${kind} ${holder.id} has the name '${nameOf(holder)}' already; ` +
        `names have to differ by more than case${kind === 'resource' ? ', over the resources of all kinds' : ''}`,
      {
        kind,
        id: object.id,
        conflictingName: name,
        holder: holder.id,
      },
    );
  }
}
