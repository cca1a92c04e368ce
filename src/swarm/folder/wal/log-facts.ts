import { SwarmFolderError } from '../../../errors/swarm-folder-error.ts';
import { Malformed } from '../bytes/fields.ts';
import { NORMAL_ENTRY, readEntry, readHardState, readMark } from '../bytes/raft-messages.ts';

/** An entry that is not known to be committed by its own log. */
export interface TailEntry {
  readonly index: number;
  readonly term: number;
  /**
   * True where the member had not yet seen a later term when it stored the entry. Such entries on most members are
   * committed; entries of an old term that a later leader sent again may still be replaced (Raft, section 5.4.2).
   */
  readonly inTerm: boolean;
}

/** An entry that changes the members. */
export interface ConfigurationEntry {
  readonly index: number;
  readonly term: number;
  readonly type: number;
  readonly data: Uint8Array;
  readonly file: string;
  readonly offset: number;
}

/** An entry that replaced another one of its index, and with it everything behind that. */
interface Replacement {
  /** The number of the entry among all entries of the log. */
  readonly number: number;
  readonly index: number;
}

/** The facts about a log that one pass over its records gives. */
export class LogFacts {
  /** The index of the snapshot that the log continues; 0 for none. */
  readonly after: number;
  /** The last index, or that of the snapshot. */
  last: number;
  lastTerm: number;
  /** The number of entries in the files, those of before the snapshot and replaced ones too. */
  entries = 0;
  /** The highest index that the member noted as committed. The note lags behind the truth. */
  commit = 0;
  /** The highest index of an entry in the files, whether or not the snapshot has it. */
  seen = 0;
  /** The index of the highest snapshot that the log mentions. */
  marked = 0;
  /** The number of entries that were replaced. */
  replaced = 0;
  readonly replacements: Replacement[] = [];
  /** The entries from position {@link #committed} on are the tail. */
  readonly #uncommitted: TailEntry[] = [];
  #committed = 0;
  /** Where terms begin: there are few of them, one for each leader. */
  readonly #terms: { readonly from: number; readonly term: number }[];
  #configuration: ConfigurationEntry[] = [];
  #term = 0;

  constructor(after: number, termAfter: number) {
    this.after = after;
    this.last = after;
    this.lastTerm = termAfter;
    this.#terms = [{ from: after, term: termAfter }];
  }

  /** The entries behind {@link commit}, in order. O(entries). */
  get tail(): readonly TailEntry[] {
    return this.#uncommitted.slice(this.#committed);
  }

  /** The entries behind the snapshot that change the members. */
  get configuration(): readonly ConfigurationEntry[] {
    return this.#configuration;
  }

  /** The term of an entry, or of the snapshot; undefined for an index before or behind these. */
  termAt(index: number): number | undefined {
    if (index > this.last) return undefined;
    return this.#terms.findLast(({ from }) => from <= index)?.term;
  }

  /** Takes an entry. Throws {@link Malformed} and `ERR_FOLDER_GAP`. */
  entry(bytes: Uint8Array, file: string, offset: number): void {
    const { type, term, index, data } = readEntry(bytes);
    const number = this.entries;
    this.entries += 1;
    this.seen = Math.max(this.seen, index);
    if (index <= this.after) return;
    if (index > this.last + 1) {
      throw new SwarmFolderError(
        'ERR_FOLDER_GAP',
        `${file}: entry ${index} is there, and entry ${this.last + 1} before it is missing. ` +
          'A snapshot that has the missing entries in it may be missing, too: copy the folder again',
        { file, offset, needed: this.last + 1, present: index },
      );
    }
    if (index <= this.last) this.#replace(number, index);
    if (term < this.lastTerm) throw new Malformed(`entry ${index} is of an earlier term than the entry before it`);
    if (term > this.lastTerm) this.#terms.push({ from: index, term });
    this.#uncommitted.push({ index, term, inTerm: this.#term <= term });
    this.last = index;
    this.lastTerm = term;
    if (type !== NORMAL_ENTRY)
      this.#configuration.push({ index, term, type, data: Uint8Array.from(data), file, offset });
  }

  /** Takes what the member promised. Throws {@link Malformed}. */
  state(bytes: Uint8Array): void {
    const { term, commit } = readHardState(bytes);
    if (term < this.#term) throw new Malformed('the term of the member goes back');
    if (commit < this.commit) throw new Malformed('the commit index of the member goes back');
    this.#term = term;
    this.commit = commit;
    for (let entry = this.#uncommitted[this.#committed]; entry !== undefined && entry.index <= commit;) {
      this.#committed += 1;
      entry = this.#uncommitted[this.#committed];
    }
    // The list shrinks once in a while: each entry is moved once on average.
    if (this.#committed * 2 > this.#uncommitted.length) {
      this.#uncommitted.splice(0, this.#committed);
      this.#committed = 0;
    }
  }

  /** Takes the mark of a snapshot. Throws {@link Malformed}. */
  mark(bytes: Uint8Array): void {
    this.marked = Math.max(this.marked, readMark(bytes).index);
  }

  #replace(number: number, index: number): void {
    const kept = this.#uncommitted.findIndex((entry) => entry.index >= index);
    // Everything up to the commit index has left the tail.
    if (index <= this.commit || kept < this.#committed) {
      throw new Malformed(`entry ${index} replaces one that was committed`);
    }
    this.replaced += this.last - index + 1;
    this.replacements.push({ number, index });
    this.#uncommitted.length = kept;
    this.#configuration = this.#configuration.filter((entry) => entry.index < index);
    while ((this.#terms.at(-1)?.from ?? 0) >= index) this.#terms.pop();
    this.last = index - 1;
    this.lastTerm = this.#terms.at(-1)?.term ?? 0;
  }
}
