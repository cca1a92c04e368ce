import { normalKey } from '../../api/key.ts';

/** Writes of one folder of the history. A whole folder is deleted at once. */
export const writesPerFolder = 64;

/**
 * The keys of a store among those of the servers. The store's own records have names that end with a slash: no key of
 * a store does.
 */
export class Keyspace {
  /** The beginning of all keys of the store: nothing, or the prefix with a slash. */
  readonly base: string;
  readonly head: string;
  /** The folder of the history. */
  readonly log: string;
  /** The folder of the marks of keys with a ttl. */
  readonly marks: string;

  /** `prefix` is a key in normal form, or empty. */
  constructor(prefix: string) {
    this.base = prefix === '' ? '' : `${prefix}/`;
    this.head = `${prefix}.swarmstate/head/`;
    this.log = `${prefix}.swarmstate/log/`;
    this.marks = `${prefix}.swarmstate/ttl/`;
  }

  nameOf(key: string): string {
    return this.base + key;
  }

  /** The record of the write with that number. */
  recordOf(number: number): string {
    return `${this.folderOf(number)}${digits(number)}/`;
  }

  /** The folder of the history that has that write. The names of folders sort by their numbers. */
  folderOf(number: number): string {
    return `${this.log}${digits(Math.floor(number / writesPerFolder))}/`;
  }

  markOf(session: string): string {
    return `${this.marks}${session}/`;
  }

  /** The key of the store that has this name; undefined for names that no store gives. */
  keyOf(name: string): string | undefined {
    if (!name.startsWith(this.base) || name.endsWith('/')) return undefined;
    try {
      const key = name.slice(this.base.length);
      return normalKey(key) === key ? key : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The path of a name in Consul's HTTP interface. */
export function pathOf(name: string, query: string): string {
  return `/v1/kv/${name.split('/').map(encodeURIComponent).join('/')}?${query}`;
}

function digits(number: number): string {
  return String(number).padStart(16, '0');
}
