import { isList } from '../base/host/is-revoked.ts';
import { optionChecks } from '../model/option-checks.ts';
import type { Resource } from '../wire/generated/resource.ts';
import { TableCache } from './cached-table.ts';
import type { CachedRows, Row } from './cached-table.ts';
import type { TableView } from './live-view.ts';
import type { SortPath } from './query/paths.ts';

/** A kind of resources with decoded objects, as `defineResource` of `swarmstate/resources` makes. */
export interface ResourceKind<R extends Row> {
  readonly kind: string;
  /** The decoded object of a resource of this kind. */
  read(resource: Resource): R;
}

/** The decoded objects of a kind of resources. Queries find them by the fields of their values: `'value.volume'`. */
export interface CachedResources<R extends Row> extends CachedRows<R> {
  /** The resources that could not be decoded, by id, with their errors. They are not among the rows. */
  readonly undecoded: ReadonlyMap<string, unknown>;
}

/** Options of `table` for a kind of resources. */
export interface ResourceRowsOptions<R> {
  /** Paths to index, besides those of earlier calls. A path cannot lead through a list. */
  readonly indices?: readonly SortPath<R>[] | undefined;
}

const checks = optionChecks<ResourceRowsOptions<object>>('ResourceRowsOptions', 'table', ['indices']);

/** The indexed paths. Throws `ERR_INVALID_OBJECT` for an option that is wrong or unknown. */
export function indicesOf(options: { readonly indices?: unknown }): readonly string[] {
  checks.names(options);
  const { indices = [] } = options;
  const valid = isList(indices) && indices.every((path) => typeof path === 'string');
  checks.valid(valid, 'indices', indices, 'a list of paths');
  return indices as readonly string[];
}

/** The rows of one kind, kept in step with the cached table of resources. */
export class ResourceRows<R extends Row> extends TableCache<R> implements CachedResources<R> {
  readonly #type: ResourceKind<R>;
  readonly #undecoded = new Map<string, unknown>();

  constructor(type: ResourceKind<R>, resources: Iterable<Resource>) {
    super(type.kind, []);
    this.#type = type;
    this.applyResources(new Map([...resources].map((resource) => [resource.id, resource])));
  }

  get undecoded(): ReadonlyMap<string, unknown> {
    return this.#undecoded;
  }

  /** Applies the changes of a commit to the table of resources, and returns the views that may have changed. */
  applyResources(changes: ReadonlyMap<string, Resource | undefined>): Iterable<TableView<R>> {
    const own = new Map<string, R | undefined>();
    for (const [id, resource] of changes) {
      this.#undecoded.delete(id);
      const row = resource?.kind === this.#type.kind ? this.#decoded(resource) : undefined;
      if (row !== undefined || this.get(id) !== undefined) own.set(id, row);
    }
    return own.size === 0 ? [] : this.apply(own);
  }

  #decoded(resource: Resource): R | undefined {
    try {
      return this.#type.read(resource);
    } catch (error) {
      this.#undecoded.set(resource.id, error);
      return undefined;
    }
  }
}
