import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { secretbox } from '@noble/ciphers/salsa.js';
import { InternalRaftRequest, RaftMember, Snapshot } from 'swarmstate/proto';
import type { StoreActionInput, StoreSnapshotInput } from 'swarmstate/proto';
import { crc32c } from '../../../src/base/crc32c.ts';

/** A manager in a made-up log. */
export interface WrittenMember {
  readonly raftId: bigint;
  readonly nodeId: string;
  readonly addr: string;
}

/** How entries are encrypted. */
export type Encryption = 'secretbox' | 'fernet' | 'plain' | 'none';

type Field = readonly [number: number, value: number | bigint | Uint8Array];

/** Writes the state folder of one manager, byte for byte as swarmkit and etcd write it. */
export class FolderWriter {
  readonly member: WrittenMember;
  /** The present data key. */
  key: Buffer = randomBytes(32);
  readonly #encryption: Encryption;
  readonly #files = new Map<string, Buffer>();
  #records: Buffer[] = [];
  #name: string;
  #sequence = 0;
  #crc = 0;

  constructor(member: WrittenMember, encryption: Encryption = 'secretbox') {
    this.member = member;
    this.#encryption = encryption;
    this.#name = segmentName(0, 0);
    this.#begin();
    this.mark(0, 0);
  }

  /** The length of the present log file. */
  get length(): number {
    return this.#records.reduce((sum, record) => sum + record.length, 0);
  }

  /** An entry with the changes of a transaction; without changes the entry by which a leader begins. */
  entry(term: number, index: number, actions?: readonly StoreActionInput[]): this {
    const bytes = actions === undefined ? Buffer.alloc(0) : InternalRaftRequest.encode({ id: index, action: actions });
    return this.#entry(0, term, index, bytes);
  }

  /** An entry that adds or removes a member. */
  change(
    term: number,
    index: number,
    change: 'add' | 'remove' | 'update' | 'add-learner',
    member: WrittenMember,
  ): this {
    const type = ['add', 'remove', 'update', 'add-learner'].indexOf(change);
    const fields: Field[] = [
      [1, index],
      [2, type],
      [3, member.raftId],
      [4, change === 'remove' ? Buffer.alloc(0) : RaftMember.encode(member)],
    ];
    return this.#entry(1, term, index, message(fields));
  }

  state(term: number, commit: number, vote = 0n): this {
    return this.record(
      3,
      message([
        [1, term],
        [2, vote],
        [3, commit],
      ]),
    );
  }

  mark(index: number, term: number): this {
    return this.record(
      5,
      message([
        [1, index],
        [2, term],
      ]),
    );
  }

  /** Begins a new log file. */
  cut(index: number, term: number, commit: number): this {
    this.#keep();
    this.#sequence += 1;
    this.#name = segmentName(this.#sequence, index);
    this.#records = [];
    this.#begin();
    return this.state(term, commit);
  }

  /** Removes the first log files: a manager does so when a snapshot has their entries. */
  dropBefore(sequence: number): this {
    for (const path of [...this.#files.keys()]) {
      const name = path.split('/').at(-1) as string;
      if (name.endsWith('.wal') && Number.parseInt(name.slice(0, 16), 16) < sequence) this.#files.delete(path);
    }
    return this;
  }

  snapshot(
    term: number,
    index: number,
    contents: StoreSnapshotInput,
    members: readonly WrittenMember[],
    removed: readonly bigint[] = [],
  ): this {
    const data = this.seal(Snapshot.encode({ membership: { members, removed }, store: contents }));
    const conf = message(members.map(({ raftId }) => [1, raftId]));
    const inner = message([
      [1, data],
      [
        2,
        message([
          [1, conf],
          [2, index],
          [3, term],
        ]),
      ],
    ]);
    const bytes = message([
      [1, crc32c(inner)],
      [2, inner],
    ]);
    const folder = this.#encryption === 'none' ? 'snap-v3' : 'snap-v3-encrypted';
    this.#files.set(`raft/${folder}/${hex(term)}-${hex(index)}.snap`, bytes);
    return this;
  }

  /** Any record. */
  record(type: number, data: Uint8Array): this {
    this.#crc = crc32c(data, this.#crc);
    return this.#frame(message([[1, type], [2, this.#crc], ...(data.length > 0 ? ([[3, data]] as const) : [])]));
  }

  /** The files, with zeros behind the log as etcd allocates them. */
  files({ zeros = 4096 }: { readonly zeros?: number } = {}): Map<string, Buffer> {
    this.#keep();
    const [path, bytes] = [this.#path(), this.#files.get(this.#path()) as Buffer];
    const files = new Map([...this.#files, [path, Buffer.concat([bytes, Buffer.alloc(zeros)])]]);
    if (this.#encryption !== 'none') files.set('certificates/swarm-node.key', Buffer.from(this.keyFile()));
    return files;
  }

  /** The TLS key, whose headers hold the key of the log. */
  keyFile(headers: Readonly<Record<string, string>> = {}): string {
    const record = message([[2, this.key]]).toString('base64');
    const lines = Object.entries({ 'kek-version': '0', 'raft-dek': record, ...headers });
    const text = lines.map(([name, value]) => `${name}: ${value}\n`).join('');
    return `-----BEGIN PRIVATE KEY-----\n${text}\nAAAA\n-----END PRIVATE KEY-----\n`;
  }

  /** Encrypts bytes as the log does. */
  seal(bytes: Uint8Array): Uint8Array {
    switch (this.#encryption) {
      case 'none':
        return bytes;
      case 'plain':
        return message([[2, bytes]]);
      case 'secretbox':
        return sealed(this.key, bytes);
      case 'fernet': {
        const iv = randomBytes(16);
        const cipher = createCipheriv('aes-128-cbc', this.key.subarray(16), iv);
        const body = Buffer.concat([Buffer.of(0x80), Buffer.alloc(8), iv, cipher.update(bytes), cipher.final()]);
        const mac = createHmac('sha256', this.key.subarray(0, 16)).update(body).digest();
        const text = Buffer.concat([body, mac]).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
        return message([
          [1, 2],
          [2, Buffer.from(text)],
        ]);
      }
    }
  }

  #entry(type: number, term: number, index: number, bytes: Uint8Array): this {
    const data = this.seal(bytes);
    return this.record(
      2,
      message([[1, type], [2, term], [3, index], ...(data.length > 0 ? ([[4, data]] as const) : [])]),
    );
  }

  #begin(): void {
    this.#frame(
      message([
        [1, 4],
        [2, this.#crc],
      ]),
    );
    this.record(1, RaftMember.encode(this.member));
  }

  #frame(record: Buffer): this {
    const padding = (8 - (record.length % 8)) % 8;
    const header = Buffer.alloc(8);
    header.writeUInt32LE(record.length);
    if (padding > 0) header[7] = 0x80 | padding;
    this.#records.push(Buffer.concat([header, record, Buffer.alloc(padding)]));
    return this;
  }

  #keep(): void {
    this.#records = [Buffer.concat(this.#records)];
    this.#files.set(this.#path(), this.#records[0] as Buffer);
  }

  #path(): string {
    return `raft/${this.#encryption === 'none' ? 'wal-v3' : 'wal-v3-encrypted'}/${this.#name}`;
  }
}

/** A record under NaCl's secretbox. */
export function sealed(key: Uint8Array, bytes: Uint8Array): Buffer {
  const nonce = randomBytes(24);
  return message([
    [1, 1],
    [2, secretbox(key, nonce).seal(bytes)],
    [3, nonce],
  ]);
}

/** A manager whose numbers follow from a small one. */
export function manager(number: number): WrittenMember {
  return { raftId: 2n ** 62n + BigInt(number), nodeId: `manager-${number}`, addr: `10.0.0.${number}:2377` };
}

/** The bytes of a protobuf message. */
export function message(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) =>
      typeof value === 'object'
        ? [varint(number * 8 + 2), varint(value.length), value]
        : [varint(number * 8), varint(value)],
    ),
  );
}

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function segmentName(sequence: number, index: number): string {
  return `${hex(sequence)}-${hex(index)}.wal`;
}

function hex(value: number): string {
  return value.toString(16).padStart(16, '0');
}
