import type { MemoryStore } from '../../store/memory-store.ts';
import type { ContentsHash } from '../generated/log.ts';
import { hashOf, hashText, sameHash } from '../log/chain.ts';
import type { Entry } from '../log/entry.ts';
import { logRefused } from '../log/refusal.ts';
import type { Taker } from '../state/taker.ts';
import { encodeSmall, hashLarge } from './encoded-contents.ts';

/** The parts of a member that its comparison needs. */
export interface ComparisonParts {
  readonly taker: Taker;
  readonly store: () => MemoryStore;
  readonly incarnation: () => string;
}

/** A slot at which this member looked at its contents. */
interface Look {
  readonly slot: number;
  readonly ended: AbortController;
  own: Uint8Array | undefined;
  other: { readonly incarnation: string; readonly sha256: Uint8Array } | undefined;
}

/**
 * Compares the contents of the members. The entry that makes a snapshot due asks for a comparison. Its writer makes the
 * snapshot of exactly that slot, and tells the hash of the snapshot's bytes with its next entry. Every other member
 * hashes its own contents of that slot, beside its readers and writers. A member that has another hash stops.
 *
 * The cost is bounded as that of snapshots is: each member encodes its contents once for each snapshot. The writer of
 * the snapshot encodes them anyway. A member that still hashes an earlier slot leaves the next one out.
 */
export class Comparison {
  readonly #parts: ComparisonParts;
  #look: Look | undefined;
  #untold: ContentsHash | undefined;
  #running = false;
  /** Slots at which the contents were those of another member. */
  compared = 0;

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
  }

  /** The hash that the next own entry is to tell. */
  get untold(): ContentsHash | undefined {
    return this.#untold;
  }

  /** The member has opened its log: entries from now on are looked at. */
  start(): void {
    this.#running = true;
  }

  close(): void {
    this.#running = false;
    this.reset();
  }

  /** The contents were replaced by those of a snapshot. */
  reset(): void {
    this.#look?.ended.abort(new Error('the contents are looked at no more'));
    this.#look = undefined;
    this.#untold = undefined;
  }

  /** This member made a snapshot of a slot that asked for a comparison. */
  hashed(contents: ContentsHash): void {
    if (this.#running) this.#untold = contents;
  }

  /** An entry was taken. The store may not have applied it yet. */
  taken({ incarnation, contents, compares, slot }: Entry): void {
    const own = incarnation === this.#parts.incarnation();
    if (contents !== undefined) {
      const look = this.#look;
      if (own) {
        if (this.#untold?.slot === contents.slot) this.#untold = undefined;
      } else if (look?.slot === contents.slot) {
        look.other = { incarnation, sha256: contents.sha256 };
        this.#compare(look);
      }
    }
    if (compares === true && !own) this.#lookAt(slot);
  }

  /** Looks at the contents once the store has the entry. Where the log goes on before that, the slot is left out. */
  #lookAt(slot: number): void {
    if (!this.#lookNow(slot)) void this.#parts.taker.applied.then(() => this.#lookNow(slot));
  }

  /** False: the store is not at this slot. */
  #lookNow(slot: number): boolean {
    const before = this.#look;
    if (!this.#running || (before !== undefined && before.own === undefined)) return true;
    const store = this.#parts.store();
    if (this.#parts.taker.position.slot !== slot || !this.#parts.taker.isAt(store.version?.index)) return false;
    const look: Look = { slot, ended: new AbortController(), own: undefined, other: undefined };
    this.#look = look;
    const small = encodeSmall(store);
    if (small !== undefined) {
      look.own = hashOf(small);
      return true;
    }
    hashLarge(store, look.ended.signal).then(
      (hash) => {
        look.own = hash;
        if (this.#look === look) this.#compare(look);
      },
      () => {
        if (this.#look === look) this.#look = undefined;
      },
    );
    return true;
  }

  #compare({ slot, own, other }: Look): void {
    if (own === undefined || other === undefined) return;
    this.#look = undefined;
    if (sameHash(own, other.sha256)) {
      this.compared += 1;
      return;
    }
    const { taker } = this.#parts;
    taker.stop(
      logRefused(
        'contents',
        taker.place(slot),
        `behind this entry, the contents of this member have the hash ${hashText(own)}, and those of the member ` +
          `${other.incarnation}, which made the snapshot, have ${hashText(other.sha256)}. ` +
          'Save the contents of both to find the difference. ' +
          'A store that is opened again takes the contents of the snapshot',
      ),
    );
  }
}
