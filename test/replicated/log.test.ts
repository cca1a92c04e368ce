import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CHAIN_START } from '../../src/replicated/log/chain.ts';
import { decodeEntry, encodeEntry } from '../../src/replicated/log/entry.ts';
import type { NewEntry } from '../../src/replicated/log/entry.ts';
import { framesOf, openPlain, sealPlain } from '../../src/replicated/log/frame.ts';
import { Incarnations, KEPT_SLOTS } from '../../src/replicated/log/incarnations.ts';
import { encryptionOf } from '../../src/replicated/log/key-ring.ts';
import { LogKeys, slotOf } from '../../src/replicated/log/layout.ts';
import { Proposal } from '../../src/replicated/log/proposal.ts';
import { SCHEMA } from '../../src/replicated/log/schema.ts';
import { SlotVersions } from '../../src/replicated/log/slot-versions.ts';

const entry: NewEntry = {
  clusterId: 'c1',
  slot: 7,
  incarnation: 'i1',
  sequence: 3,
  firstVersion: 12,
  count: 2,
  schema: SCHEMA,
  chain: CHAIN_START,
  requests: [Uint8Array.of(1, 2), Uint8Array.of()],
  terms: [],
};

describe('the values of a log', () => {
  test('[J13] every damaged or cut value is refused, and never read in part', () => {
    const frames = framesOf(undefined);
    const value = frames.seal('c1', 'log/7', encodeEntry(entry));
    expect(decodeEntry('c1', 7, 'log/7', frames.open('c1', 'log/7', value))).toMatchObject({ lastVersion: 13 });
    for (let at = 0; at < value.length; at += 1) {
      const damaged = Uint8Array.from(value);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      expect(() => frames.open('c1', 'log/7', damaged)).toThrow('ERR_LOG_REFUSED');
      expect(() => frames.open('c1', 'log/7', value.subarray(0, at))).toThrow('ERR_LOG_REFUSED');
    }
  });

  test('[J13] the entry of another cluster or slot, and bytes of another program, are refused', () => {
    const body = encodeEntry(entry);
    expect(() => decodeEntry('c2', 7, 'p', body)).toThrow(expect.objectContaining({ reason: 'foreign', key: 'p' }));
    expect(() => decodeEntry('c1', 8, 'p', body)).toThrow(expect.objectContaining({ reason: 'corrupt' }));
    expect(() => openPlain('p', new TextEncoder().encode('{"a": 1}'))).toThrow(
      expect.objectContaining({ reason: 'foreign' }),
    );
    const newer = sealPlain(body);
    newer[3] = 2;
    expect(() => openPlain('p', newer)).toThrow(expect.objectContaining({ reason: 'format' }));
  });

  test('[J14] an encrypted value is read with its key alone, in its own place, and by no changed byte', () => {
    const [one, two] = [randomBytes(32), randomBytes(32)];
    const old = framesOf(encryptionOf({ current: 'k1', keys: { k1: one } }, randomBytes));
    const rotated = framesOf(encryptionOf({ current: 'k2', keys: { k1: one, k2: two } }, randomBytes));
    const body = new TextEncoder().encode('a join token');
    const value = old.seal('c1', 'log/7', body);
    expect(Buffer.from(value).includes('token')).toBe(false);
    expect(Buffer.from(rotated.open('c1', 'log/7', value)).toString()).toBe('a join token');
    const newer = rotated.seal('c1', 'log/7', body);
    const refused = expect.objectContaining({ reason: 'key' });
    expect(() => old.open('c1', 'log/7', newer)).toThrow(refused);
    expect(() => framesOf(undefined).open('c1', 'log/7', value)).toThrow(refused);
    expect(() => old.open('c1', 'log/8', value)).toThrow(refused);
    expect(() => old.open('c2', 'log/7', value)).toThrow(refused);
    for (let at = 5; at < value.length; at += 1) {
      const changed = Uint8Array.from(value);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => old.open('c1', 'log/7', changed)).toThrow(refused);
    }
    expect(value.length - body.length).toBeLessThanOrEqual(old.overhead);
  });

  test('[J13] the order of the keys is the order of the slots', () => {
    const keys = new LogKeys('a/b');
    expect(keys.entry(9) < keys.entry(10)).toBe(true);
    expect(keys.entry(10) < keys.entry(Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(keys.place(keys.entry(3))).toBe('log/0000000000000003');
    expect(new LogKeys('').place(new LogKeys('').entry(3))).toBe('log/0000000000000003');
    expect(slotOf('0000000000000042-abc')).toBe(42);
    expect(slotOf('hello')).toBeUndefined();
  });

  test('[J15] a change of the schema of the objects asks for a new schema number', () => {
    const folder = join(__dirname, '../../proto');
    const hash = createHash('sha256');
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.proto') || name === 'watch.proto') continue;
      // Comments may change.
      hash.update(
        readFileSync(join(folder, name), 'utf8')
          .replace(/\/\/.*$/gm, '')
          .replace(/\s+/g, ' '),
      );
    }
    // 2: the terms of entries. Changed? Raise SCHEMA where a release before would drop a field, then take the new hash.
    expect({ schema: SCHEMA, hash: hash.digest('hex').slice(0, 16) }).toEqual({ schema: 2, hash: '5df6a537c32a9860' });
  });
});

describe('the table of the writers', () => {
  test('[J10] says the fate of the newest entry of a writer, as long as its record would be there', () => {
    const table = new Incarnations();
    table.note('a', 5, 10);
    table.note('b', 1, 11);
    expect(table.fateOf('a', 5, 10)).toBe('committed');
    expect(table.fateOf('a', 7, 11)).toBe('lost');
    // A no-op has taken the slot.
    expect(table.fateOf('a', 4, 10)).toBe('lost');
    expect(table.fateOf('c', 1, 11)).toBe('lost');
    table.note('b', 2, 11 + KEPT_SLOTS);
    expect(table.get('a')).toBeUndefined();
    expect(table.fateOf('a', 5, 10)).toBe('unknown');
    expect(table.fateOf('c', 1, 12)).toBe('lost');
    expect(table.size).toBe(1);
    const copy = Incarnations.of(table.records(), 11 + KEPT_SLOTS);
    expect(copy.fateOf('a', 5, 10)).toBe('unknown');
    expect([...copy.records()]).toEqual([...table.records()]);
  });

  test('[J10] an entry whose number is not above the last one of its writer is known', () => {
    const table = new Incarnations();
    table.note('a', 5, 10);
    expect([4, 5, 6].map((sequence) => table.has('a', sequence))).toEqual([true, true, false]);
  });
});

describe('a proposal', () => {
  const id = { incarnation: 'i', sequence: 1 };
  const unknown = { kind: 'unknown', error: undefined } as const;
  const away = { kind: 'refused', error: new Error('away'), passing: true } as const;

  test('[J7] is sent again after an answer that says nothing, and after a passing refusal', () => {
    const proposal = new Proposal(id, 4);
    expect(proposal.start()).toEqual({ kind: 'send', what: 'entry', pause: false });
    expect(proposal.answered('entry', away)).toEqual({ kind: 'send', what: 'entry', pause: true });
    expect(proposal.unsent).toBe(true);
    expect(proposal.answered('entry', unknown)).toEqual({ kind: 'send', what: 'entry', pause: true });
    expect(proposal.unsent).toBe(false);
    // A later refusal says nothing about the attempt before it.
    const refused = { kind: 'refused', error: new Error('full'), passing: false } as const;
    expect(proposal.answered('entry', refused)).toEqual({ kind: 'send', what: 'entry', pause: true });
    expect(proposal.answered('entry', { kind: 'occupied', by: id })).toEqual({ kind: 'committed' });
  });

  test('[J8] is settled by the id in its slot alone', () => {
    const proposal = new Proposal(id, 4);
    expect(proposal.occupied({ ...id })).toEqual({ kind: 'committed' });
    expect(proposal.occupied({ ...id, sequence: 2 })).toEqual({ kind: 'conflict' });
    expect(proposal.occupied({ ...id, incarnation: 'j' })).toEqual({ kind: 'conflict' });
  });

  test('[J11] that is cancelled offers a no-op, unless nothing was sent', () => {
    const reason = new Error('enough');
    const unsent = new Proposal(id, 4);
    unsent.cancel(reason);
    expect(unsent.again()).toEqual({ kind: 'failed', error: reason });
    const sent = new Proposal(id, 4);
    sent.answered('entry', unknown);
    sent.cancel(reason);
    expect(sent.again()).toEqual({ kind: 'send', what: 'no-op', pause: false });
    expect(sent.answered('no-op', unknown)).toEqual({ kind: 'send', what: 'no-op', pause: true });
    expect(sent.answered('no-op', { kind: 'created' })).toEqual({ kind: 'failed', error: reason });
    expect(sent.answered('no-op', { kind: 'occupied', by: id })).toEqual({ kind: 'committed' });
    expect(sent.expire(undefined)).toEqual({ kind: 'outcome unknown' });
    expect(unsent.expire(reason)).toEqual({ kind: 'failed', error: reason });
  });

  test('[J9][J10] below the floor asks the table, and reads a guard that has changed', () => {
    const proposal = new Proposal(id, 4);
    expect(proposal.answered('entry', { kind: 'trimmed' })).toEqual({ kind: 'load snapshot' });
    expect(proposal.answered('entry', { kind: 'guarded' })).toEqual({ kind: 'read guard' });
    expect(proposal.fate('committed')).toEqual({ kind: 'committed' });
    expect(proposal.fate('lost')).toEqual({ kind: 'conflict' });
    expect(proposal.fate('unknown')).toEqual({ kind: 'outcome unknown' });
  });
});

test('[J16] the slot of a version, and the bytes behind a slot, are found', () => {
  const seen = new SlotVersions();
  seen.reset(10, 100);
  seen.add(11, 103, 50);
  seen.add(12, 103, 5);
  seen.add(13, 104, 20);
  expect([100, 101, 103, 104, 105].map((version) => seen.slotOf(version))).toEqual([undefined, 11, 11, 13, undefined]);
  expect([9, 10, 11, 13].map((slot) => seen.bytesAfter(slot))).toEqual([75, 75, 25, 0]);
});
