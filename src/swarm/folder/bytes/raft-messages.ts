import { RaftMember } from '../../../wire/generated/membership.ts';
import { FieldReader, Malformed, present } from './fields.ts';

/** The kinds of an entry. */
export const NORMAL_ENTRY = 0;
const CONFIGURATION_CHANGE = 1;
const CONFIGURATION_CHANGE_2 = 2;

/** An entry of the log, `raftpb.Entry`. */
export interface RaftEntry {
  readonly type: number;
  readonly term: number;
  readonly index: number;
  /** The contents, encrypted as they are stored. */
  readonly data: Uint8Array;
}

/** The facts that a member promised to remember, `raftpb.HardState`. */
export interface HardState {
  readonly term: number;
  readonly commit: number;
}

/** The voters of consensus, and the members that only listen. Numbers of members have 63 bits. */
export interface ConfState {
  readonly voters: readonly bigint[];
  readonly learners: readonly bigint[];
}

/** A mark in the log: a snapshot was taken at this index. */
export interface SnapshotMark {
  readonly index: number;
  readonly term: number;
}

/** A change of the members. */
export interface MemberChange {
  readonly type: 'add' | 'remove' | 'update' | 'add-learner';
  readonly raftId: bigint;
  readonly member: RaftMember | undefined;
}

const noBytes = new Uint8Array(0);

export function readEntry(bytes: Uint8Array): RaftEntry {
  const fields = new FieldReader(bytes);
  let type: number | undefined;
  let term: number | undefined;
  let index: number | undefined;
  let data: Uint8Array = noBytes;
  while (fields.next()) {
    if (fields.number === 1) type = fields.uint();
    else if (fields.number === 2) term = fields.uint();
    else if (fields.number === 3) index = fields.uint();
    else if (fields.number === 4) data = fields.bytes();
    else throw fields.unknown();
  }
  if (present(type, 'the type of an entry') > CONFIGURATION_CHANGE_2) throw new Malformed('an entry of no known type');
  if (present(term, 'the term of an entry') < 1) throw new Malformed('an entry of term 0');
  if (present(index, 'the index of an entry') < 1) throw new Malformed('an entry of index 0');
  return { type: type as number, term: term as number, index: index as number, data };
}

export function readHardState(bytes: Uint8Array): HardState {
  const fields = new FieldReader(bytes);
  let term: number | undefined;
  let vote: bigint | undefined;
  let commit: number | undefined;
  while (fields.next()) {
    if (fields.number === 1) term = fields.uint();
    else if (fields.number === 2) vote = fields.uint64();
    else if (fields.number === 3) commit = fields.uint();
    else throw fields.unknown();
  }
  present(vote, 'the vote of a state');
  if (present(term, 'the term of a state') < 1) throw new Malformed('a state of term 0');
  return { term: term as number, commit: present(commit, 'the commit index of a state') };
}

export function readMark(bytes: Uint8Array): SnapshotMark {
  const fields = new FieldReader(bytes);
  let index: number | undefined;
  let term: number | undefined;
  while (fields.next()) {
    if (fields.number === 1) index = fields.uint();
    else if (fields.number === 2) term = fields.uint();
    else if (fields.number === 3) readConfState(fields.bytes());
    else throw fields.unknown();
  }
  return { index: present(index, 'the index of a mark'), term: present(term, 'the term of a mark') };
}

export function readConfState(bytes: Uint8Array): ConfState {
  const fields = new FieldReader(bytes);
  const voters: bigint[] = [];
  const learners: bigint[] = [];
  while (fields.next()) {
    if (fields.number === 1) voters.push(fields.uint64());
    else if (fields.number === 2) learners.push(fields.uint64());
    else if (fields.number >= 3 && fields.number <= 5) fields.uint64();
    else throw fields.unknown();
  }
  return { voters, learners };
}

const changeTypes = ['add', 'remove', 'update', 'add-learner'] as const;

/** The changes of an entry whose contents are decrypted. Some entries of this type are empty. */
export function readMemberChanges(type: number, bytes: Uint8Array): readonly MemberChange[] {
  if (bytes.length === 0) return [];
  const fields = new FieldReader(bytes);
  let change = 0;
  let raftId = 0n;
  let context: Uint8Array | undefined;
  const several: MemberChange[] = [];
  while (fields.next()) {
    if (type === CONFIGURATION_CHANGE) {
      if (fields.number === 1) fields.uint64();
      else if (fields.number === 2) change = fields.uint();
      else if (fields.number === 3) raftId = fields.uint64();
      else if (fields.number === 4) context = fields.bytes();
      else throw fields.unknown();
    } else if (fields.number === 1) fields.uint();
    else if (fields.number === 2) several.push(readSingleChange(fields.bytes()));
    else if (fields.number === 3) context = fields.bytes();
    else throw fields.unknown();
  }
  const member = context === undefined || context.length === 0 ? undefined : RaftMember.decode(context);
  if (type === CONFIGURATION_CHANGE) return [{ type: changeType(change), raftId, member }];
  return several.map((single) => ({
    ...single,
    member: member !== undefined && BigInt(member.raftId) === single.raftId ? member : undefined,
  }));
}

function readSingleChange(bytes: Uint8Array): MemberChange {
  const fields = new FieldReader(bytes);
  let change = 0;
  let raftId = 0n;
  while (fields.next()) {
    if (fields.number === 1) change = fields.uint();
    else if (fields.number === 2) raftId = fields.uint64();
    else throw fields.unknown();
  }
  return { type: changeType(change), raftId, member: undefined };
}

function changeType(change: number): MemberChange['type'] {
  const type = changeTypes[change];
  if (type === undefined) throw new Malformed(`a change of members of the unknown kind ${change}`);
  return type;
}
