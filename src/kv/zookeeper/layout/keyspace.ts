import { crc32c } from '../../../base/crc32c.ts';
import { normalKey } from '../../api/key.ts';

/** A node that keys lie below. All of those keys begin with `text`. */
export interface Directory {
  readonly path: string;
  readonly text: string;
}

/** A node below a directory: a key that may have keys below it, or a part of a divided directory. */
export type Child = { readonly key: string; readonly path: string } | { readonly directory: Directory };

/** Names of this many bytes or more are spread over parts of their directory. */
const longName = 16;

/** The digits at the end of a name, where they are a number. */
const number = /(?:^|[^0-9a-zA-Z])([0-9]{4,})$/;

/**
 * The nodes of a store. A key is the path of a node below the prefix; characters that ZooKeeper refuses are percent
 * signs with two hexadecimal digits for each byte. So short names lie where libkv has them.
 *
 * Children of a node are listed in one packet. So that listings stay small, two kinds of names lie one level deeper:
 *
 * - `%=` parts hold names that end with a number of 4 digits or more: `0000000000012345` is `%=0000000000/%=012/345`,
 *   and `task-1234` is `%=task-1/234`. A part has a thousand names.
 * - `%~` parts hold other names of 16 bytes or more, by a hash: `%~3f/…`. A directory has 256 such parts.
 */
export class Keyspace {
  /** The path of the store's own nodes: empty for the root. */
  readonly base: string;
  /** The number of the latest write, and the first one that is kept. */
  readonly head: string;
  /** The changes of the latest writes. */
  readonly log: string;
  /** The keys that expire. */
  readonly leases: string;

  /** `prefix` is a key in normal form, or empty. */
  constructor(prefix: string) {
    this.base = prefix === '' ? '' : `/${prefix.split('/').map(escaped).join('/')}`;
    this.head = `${this.base}/%head`;
    this.log = `${this.base}/%log`;
    this.leases = `${this.base}/%ttl`;
  }

  pathOf(key: string): string {
    const names = key.split('/').map(placeOf);
    // The servers keep `/zookeeper` for themselves.
    if (this.base === '' && names[0] === 'zookeeper') names[0] = '%7Aookeeper';
    return `${this.base}/${names.join('/')}`;
  }

  /** The directory of all keys that start with `prefix`, which ends with a slash or is empty. */
  directoryOf(prefix: string): Directory {
    if (prefix === '') return { path: this.base === '' ? '/' : this.base, text: '' };
    return { path: this.pathOf(prefix.slice(0, -1)), text: prefix };
  }

  /** The child of a directory that has this name. Undefined for nodes that no store makes. */
  childOf({ path, text }: Directory, name: string): Child | undefined {
    const child = `${path === '/' ? '' : path}/${name}`;
    if (name.startsWith('%~')) return { directory: { path: child, text } };
    try {
      if (name.startsWith('%=')) return { directory: { path: child, text: text + decodeURIComponent(name.slice(2)) } };
      const key = text + decodeURIComponent(name);
      return normalKey(key) === key && this.pathOf(key) === child ? { key, path: child } : undefined;
    } catch {
      return undefined;
    }
  }

  /** The chunk of the log that the entry of a write is in; a chunk has a thousand entries. */
  chunkOf(write: number): string {
    return `${this.log}/${Math.floor(write / 1000)}`;
  }

  entryOf(write: number): string {
    return `${this.chunkOf(write)}/${write % 1000}`;
  }

  leaseOf(id: string): string {
    return `${this.leases}/${id}`;
  }

  /** The nodes above a path, without the root, the highest first. */
  static above(path: string): readonly string[] {
    const paths: string[] = [];
    for (let slash = path.indexOf('/', 1); slash !== -1; slash = path.indexOf('/', slash + 1))
      paths.push(path.slice(0, slash));
    return paths;
  }
}

function placeOf(segment: string): string {
  const digits = number.exec(segment)?.[1];
  if (digits !== undefined) {
    const [last, before] = [segment.slice(-3), segment.slice(-6, -3)];
    if (digits.length < 7) return `%=${escaped(segment.slice(0, -3))}/${last}`;
    return `%=${escaped(segment.slice(0, -6))}/%=${before}/${last}`;
  }
  const bytes = Buffer.from(segment);
  if (bytes.length < longName) return escaped(segment);
  return `%~${(crc32c(bytes) & 255).toString(16).padStart(2, '0')}/${escaped(segment)}`;
}

/** The segment with escapes for the percent sign and for what ZooKeeper refuses: control and private characters. */
function escaped(segment: string): string {
  return segment.replace(/[%\p{Cc}\ue000-\uf8ff\ufff0-\uffff\u{10000}-\u{10ffff}]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
