import { bodyOf, changesIn, contentsOf, entryOf, hex, requestsIn, sha256Of, termOf } from './log-values.ts';
import type { Contents, ObjectChange, ReplayedEntry } from './log-values.ts';
import { MessageFields } from './message-fields.ts';

/** A pair that was written. */
export interface Written {
  readonly key: string;
  readonly value: Uint8Array;
}

/** The replicated state after an entry. */
interface State {
  readonly version: number;
  readonly hash: string;
  readonly contents: Contents;
  /** The last entry of each writer, as text. */
  readonly writers: ReadonlyMap<string, string>;
  /** The newest token of each election, as text. */
  readonly terms: ReadonlyMap<string, string>;
}

/** A record of a writer is dropped once so many slots follow its last entry. */
const KEPT_SLOTS = 100_000;

/**
 * A second opinion about a log: replays everything that was ever written below a prefix, trimmed entries and removed
 * snapshots too. The code comes from the description of the format (`proto/replicated/log.proto`, docs/replicated.md)
 * and shares nothing with src. Every state is kept. `problems` has everything that does not fit.
 */
export class LogReplay {
  readonly problems: string[] = [];
  readonly #prefix: string;
  readonly #values = new Map<string, Uint8Array>();
  readonly #states: State[] = [];
  #clusterId: string | undefined;

  /** `writes`: in the order in which they took effect. */
  constructor(prefix: string, writes: readonly Written[]) {
    this.#prefix = prefix;
    for (const { key, value } of writes) {
      if (!key.startsWith(`${prefix}/`)) continue;
      const place = key.slice(prefix.length + 1);
      this.#values.set(place, value);
      this.#try(place, () => {
        if (/^log\/\d{16}$/.test(place)) this.#entry(entryOf(bodyOf(value)), Number(place.slice(4)));
        if (place === 'snapshot') this.#snapshot(new MessageFields(bodyOf(value)));
      });
    }
  }

  /** Compares the encoded contents of a member at the end with those of the log. */
  compare(member: string, version: number, snapshot: Uint8Array): void {
    const last = this.#states.at(-1);
    if (last?.version !== version)
      this.problems.push(`replay: ${member} ends at version ${version}, the log at ${String(last?.version)}`);
    else this.#same(`the contents of ${member}`, last.contents, contentsOf(snapshot));
  }

  /** Looks at an update that was acknowledged in a term, or at a term that was: no later term may lie before it. */
  term(election: string, token: number, version: number | undefined): void {
    if (version === undefined) {
      const began = this.#states.some(({ terms }) => terms.get(election) === String(token));
      if (!began) this.problems.push(`replay: the term ${token} was acknowledged, and has no entry`);
      return;
    }
    const newest = this.#states.find((state) => state.version >= version)?.terms.get(election) ?? '0';
    if (Number(newest) > token)
      this.problems.push(`replay: the version ${version} is of the term ${token}, behind the beginning of ${newest}`);
  }

  #entry(entry: ReplayedEntry, slot: number): void {
    const before = this.#states.at(-1);
    this.#clusterId ??= entry.clusterId;
    this.#expect(`the slot of entry ${slot}`, entry.slot, slot);
    this.#expect(`the slot behind ${slot - 1}`, slot, this.#states.length);
    this.#expect(`the cluster of entry ${slot}`, entry.clusterId, this.#clusterId);
    this.#expect(`the chain of entry ${slot}`, entry.chain, before?.hash ?? '0'.repeat(64));
    this.#expect(`the first version of entry ${slot}`, entry.firstVersion, (before?.version ?? 0) + 1);
    const writers = new Map(before?.writers);
    const [sequence = '0'] = writers.get(entry.writer)?.split(' ') ?? [];
    const isRepeated = Number(sequence) >= entry.sequence;
    this.#expect(`the repetition of entry ${slot}`, isRepeated, false);
    const terms = new Map(before?.terms);
    const newestOf = (election: string): number => Number(terms.get(election) ?? 0);
    const isSkipped =
      entry.claims.some(({ election, token }) => token < newestOf(election)) ||
      (entry.begins !== undefined && entry.begins.token <= newestOf(entry.begins.election));
    // The first entry of the log belongs to no writer. The number of a skipped entry counts as that of a no-op.
    if (before !== undefined) writers.set(entry.writer, `${entry.sequence + (isSkipped ? 1 : 0)} ${slot}`);
    if (entry.begins !== undefined && !isSkipped) terms.set(entry.begins.election, String(entry.begins.token));
    for (const [writer, record] of writers)
      if (Number(record.split(' ')[1]) < slot - KEPT_SLOTS) writers.delete(writer);
    const requests = entry.parts === undefined ? entry.requests : this.#fromParts(entry, entry.parts);
    this.#expect(`the transactions of entry ${slot}`, requests.length, entry.count);
    const contents = new Map(before?.contents);
    for (const request of isRepeated || isSkipped ? [] : requests)
      for (const change of changesIn(request)) this.#change(contents, slot, change);
    const version = (before?.version ?? 0) + (isSkipped ? 0 : entry.count);
    this.#states.push({ version, hash: entry.hash, contents, writers, terms });
  }

  #fromParts(
    { slot, writer, sequence }: ReplayedEntry,
    { count, bytes, sha256 }: NonNullable<ReplayedEntry['parts']>,
  ): readonly Uint8Array[] {
    const all = Buffer.concat(
      Array.from({ length: count }, (_, number) =>
        bodyOf(this.#value(`parts/${digits(slot)}/${writer}-${sequence}/${digits(number)}`)),
      ),
    );
    this.#expect(`the bytes of the parts of entry ${slot}`, all.length, bytes);
    this.#expect(`the hash of the parts of entry ${slot}`, sha256Of(all), sha256);
    return requestsIn(all);
  }

  #change(contents: Map<string, string>, slot: number, { kind, place, object }: ObjectChange): void {
    if (contents.has(place) === (kind === 'create'))
      this.problems.push(`replay: entry ${slot} cannot ${kind} the ${place}`);
    if (kind === 'remove') contents.delete(place);
    else contents.set(place, object);
  }

  /** A snapshot that was published: it is the state of its slot, with the table of the writers. */
  #snapshot(pointer: MessageFields): void {
    const id = pointer.text(2);
    const slot = pointer.number(3);
    const state = this.#states[slot];
    if (state === undefined) {
      this.problems.push(`replay: the snapshot ${id} is of slot ${slot}, which is not there`);
      return;
    }
    const chunk = (_: unknown, number: number): Uint8Array => bodyOf(this.#value(`snapshots/${id}/${digits(number)}`));
    const [head, ...chunks] = Array.from({ length: pointer.number(5) }, chunk);
    const header = new MessageFields(head ?? new Uint8Array(0));
    const bytes = Buffer.concat(chunks);
    const name = `the snapshot of slot ${slot}`;
    this.#expect(`the cluster of ${name}`, header.text(1), this.#clusterId);
    this.#expect(`the slot in ${name}`, header.number(2), slot);
    this.#expect(`the version of ${name}`, pointer.number(4), state.version);
    this.#expect(`the version in ${name}`, header.number(3), state.version);
    this.#expect(`the hash of the log in ${name}`, hex(header.bytes(4)), state.hash);
    this.#expect(`the bytes of ${name}`, pointer.number(6), bytes.length);
    this.#expect(`the hash of ${name}`, hex(pointer.bytes(7)), sha256Of(bytes));
    const records = header.all(6).map((record) => new MessageFields(record));
    const writers = new Map(records.map((record) => [record.text(1), `${record.number(2)} ${record.number(3)}`]));
    this.#same(`the writers in ${name}`, state.writers, writers);
    const terms = new Map(header.all(7).map((mark) => [termOf(mark).election, String(termOf(mark).token)]));
    this.#same(`the terms in ${name}`, state.terms, terms);
    this.#same(`the contents of ${name}`, state.contents, contentsOf(bytes));
  }

  #value(place: string): Uint8Array {
    const value = this.#values.get(place);
    if (value === undefined) throw new RangeError(`${this.#prefix}/${place} was never written`);
    return value;
  }

  #same(what: string, expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): void {
    for (const key of new Set([...expected.keys(), ...found.keys()])) {
      if (expected.get(key) === found.get(key)) continue;
      this.problems.push(`replay: ${what} have another ${key} than the log: ${JSON.stringify(found.get(key))}`);
    }
  }

  #expect(what: string, found: unknown, expected: unknown): void {
    if (found !== expected)
      this.problems.push(`replay: ${what} is ${String(found)}, and the log says ${String(expected)}`);
  }

  #try(place: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.problems.push(`replay: ${place} cannot be read: ${error.message}`);
    }
  }
}

function digits(value: number): string {
  return String(value).padStart(16, '0');
}
