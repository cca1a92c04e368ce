/** Digits of a slot in a key: every safe integer fits, and the order of the keys is the order of the slots. */
const DIGITS = 16;

/** The keys of a log below its prefix. Slots count from 0, the slot of the first entry. */
export class LogKeys {
  readonly prefix: string;
  /** The guard of the log: cluster id and floor. */
  readonly cluster: string;
  /** Everything in `log` is one entry. */
  readonly log: string;
  readonly parts: string;
  /** The newest snapshot. */
  readonly pointer: string;
  readonly snapshots: string;
  /** The members that have the log open. */
  readonly members: string;
  /** The locks of elections. */
  readonly elections: string;
  /** Written to learn that everything before is on disk. */
  readonly flush: string;

  /** An empty prefix stands for the whole key/value store. */
  constructor(prefix: string) {
    const below = prefix === '' ? '' : `${prefix}/`;
    this.prefix = prefix;
    this.cluster = `${below}cluster`;
    this.log = `${below}log`;
    this.parts = `${below}parts`;
    this.pointer = `${below}snapshot`;
    this.snapshots = `${below}snapshots`;
    this.members = `${below}members`;
    this.elections = `${below}elections`;
    this.flush = `${below}flush`;
  }

  entry(slot: number): string {
    return `${this.log}/${digits(slot)}`;
  }

  /** All parts of the entries that were offered for a slot. */
  partsOfSlot(slot: number): string {
    return `${this.parts}/${digits(slot)}`;
  }

  part(slot: number, entry: string, number: number): string {
    return `${this.partsOfSlot(slot)}/${entry}/${digits(number)}`;
  }

  /** The marker of a snapshot's chunks: without it nothing of the snapshot is written or published any more. */
  snapshot(id: string): string {
    return `${this.snapshots}/${id}`;
  }

  chunk(id: string, number: number): string {
    return `${this.snapshot(id)}/${digits(number)}`;
  }

  member(incarnation: string): string {
    return `${this.members}/${incarnation}`;
  }

  /** A key without the prefix, the same for every place where a log may lie. */
  place(key: string): string {
    return this.prefix === '' ? key : key.slice(this.prefix.length + 1);
  }
}

/** A number as a segment of a key. */
export function digits(value: number): string {
  return String(value).padStart(DIGITS, '0');
}

/** The slot in the key of an entry, a part or a snapshot; undefined where the segment holds none. */
export function slotOf(segment: string): number | undefined {
  const text = segment.slice(0, DIGITS);
  return /^\d{16}$/.test(text) ? Number(text) : undefined;
}
