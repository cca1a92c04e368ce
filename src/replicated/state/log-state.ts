import { hashText, sameHash } from '../log/chain.ts';
import type { Entry } from '../log/entry.ts';
import { Incarnations } from '../log/incarnations.ts';
import type { Position } from '../log/position.ts';
import { logRefused } from '../log/refusal.ts';
import { SCHEMA } from '../log/schema.ts';
import { SlotVersions } from '../log/slot-versions.ts';
import { Terms } from '../log/terms.ts';

/**
 * The fate of an entry. `repeated`: an entry with the same id was taken before. `skipped`: a writer claims a term that
 * is over.
 */
export type EntryFate = 'applied' | 'repeated' | 'skipped';

/** The part of the replicated state that a snapshot holds beside the objects. */
export interface Beside {
  readonly writers: Incarnations;
  readonly terms: Terms;
}

/**
 * The place of a member in the log, and the part of the replicated state that is beside the objects. Both move in one
 * step with the contents: by {@link advance} for an entry, by {@link reset} for a snapshot (trap 6).
 */
export class LogState {
  #position: Position;
  #writers: Incarnations = new Incarnations();
  #terms: Terms = new Terms();
  readonly seen: SlotVersions = new SlotVersions();
  /** Entries with the id of an earlier one. They are not applied again; a healthy log has none. */
  repeated = 0;
  /** Entries of a term that was over. They have no effect. */
  skipped = 0;

  constructor(position: Position) {
    this.#position = position;
    this.seen.reset(position.slot, position.version);
  }

  get position(): Position {
    return this.#position;
  }

  /** The table of the writers. */
  get writers(): Incarnations {
    return this.#writers;
  }

  /** The newest terms. */
  get terms(): Terms {
    return this.#terms;
  }

  /**
   * Throws `ERR_LOG_REFUSED` for an entry that must not be applied: it follows another log, or may hold fields that
   * this release does not know.
   */
  check(place: string, entry: Entry): void {
    const { chain, slot, version } = this.#position;
    if (entry.slot !== slot + 1) throw new Error(`slot ${entry.slot} cannot follow slot ${slot}`);
    if (!sameHash(entry.chain, chain) || entry.firstVersion !== version + 1) {
      throw logRefused(
        'chain',
        place,
        `the entry follows a log with the hash ${hashText(entry.chain)} and the version ${entry.firstVersion - 1}, ` +
          `and this member applied one with the hash ${hashText(chain)} and the version ${version}: ` +
          'the key/value store was set back, or a member wrote a different log. ' +
          'Open the store again; it then starts from the log as it is',
      );
    }
    if (entry.schema > SCHEMA) {
      throw logRefused(
        'schema',
        place,
        `a newer release wrote the entry (schema ${entry.schema}, and this release knows ${SCHEMA}); ` +
          'upgrade this member',
      );
    }
  }

  /**
   * Takes the entry, which {@link check} let through. A skipped entry takes its slot and none of its versions, as a
   * no-op in its place would.
   */
  advance(entry: Entry): EntryFate {
    const { incarnation, sequence, slot } = entry;
    const fate = this.#fateOf(entry);
    if (fate === 'repeated') this.repeated += 1;
    // The number of a no-op says that the entry before it is lost.
    else this.#writers.note(incarnation, fate === 'skipped' ? sequence + 1 : sequence, slot);
    if (fate === 'skipped') this.skipped += 1;
    else if (fate === 'applied' && entry.begins !== undefined) this.#terms.begin(entry.begins);
    const version = fate === 'skipped' ? this.#position.version : entry.lastVersion;
    this.#position = { slot, version, chain: entry.hash };
    this.seen.add(slot, version, entry.bytes);
    return fate;
  }

  /** Starts again from a snapshot. */
  reset(position: Position, { writers, terms }: Beside): void {
    this.#position = position;
    this.#writers = writers;
    this.#terms = terms;
    this.seen.reset(position.slot, position.version);
  }

  #fateOf(entry: Entry): EntryFate {
    if (this.#writers.has(entry.incarnation, entry.sequence)) return 'repeated';
    return this.#terms.skips(entry) ? 'skipped' : 'applied';
  }
}
