import { afterEach, describe, expect, test } from '@jest/globals';
import { isSwarmError } from 'swarmstate/swarm';
import type { FollowSwarmOptions, Swarm, SwarmErrorCode, SwarmStatus } from 'swarmstate/swarm';
import { followWith } from '../../../src/swarm/live/follow-swarm.ts';
import type { Timings } from '../../../src/swarm/live/timings.ts';
import { TestAuthority } from '../../support/certificates.ts';
import type { CertificateTraits } from '../../support/certificates.ts';
import { cluster, extension, resource, secret, service, task } from './support/changes.ts';
import { authority } from './support/fake-manager.ts';
import { fakeSource } from './support/fake-source.ts';
import type { FollowedSource, MakeSource, SourceCertificate } from './support/followed-source.ts';
import { servedSource } from './support/served-source.ts';

const timings: Timings = { probeMs: 60_000, backOff: { initialMs: 1, maxMs: 20, factor: 2 }, goodMs: 0 };
const open: { close?(): Promise<void>; stop?(): Promise<void> }[] = [];

afterEach(async () => {
  for (const opened of open.splice(0).reverse()) {
    await opened.close?.();
    await opened.stop?.();
  }
});

async function follow(
  made: FollowedSource,
  options: FollowSwarmOptions = {},
  times: Partial<Timings> = {},
): Promise<Swarm> {
  const swarm = await followWith({ ...timings, ...times }, made.path, {
    ca: authority.ca,
    timeoutMs: 5000,
    ...options,
  });
  open.push(swarm);
  return swarm;
}

/** Waits for a commit after which the condition holds. */
async function until(swarm: Swarm, holds: () => boolean): Promise<void> {
  const watcher = swarm.store.watch();
  if (!holds()) for await (const _ of watcher.commits()) if (holds()) break;
  watcher.close();
}

function reached(swarm: Swarm, status: SwarmStatus): Promise<unknown> {
  return new Promise((resolve) => {
    const off = swarm.on('status', (change) => {
      if (change.status !== status) return;
      off();
      resolve(change.reason);
    });
  });
}

/** Kills the source, and resolves with the reason for which its follower is stale then. */
async function lost(made: FollowedSource, swarm: Swarm): Promise<unknown> {
  const stale = reached(swarm, 'stale');
  await made.kill();
  return stale;
}

const slotOf = (swarm: Swarm, id = 't1'): number | undefined => swarm.store.view((tx) => tx.tasks.get(id)?.slot);

/** The servers that the suite holds for. */
const sources: readonly (readonly [string, MakeSource])[] = [
  ['a manager', fakeSource],
  ['serveSwarm', servedSource],
];

describe.each(sources)('followSwarm of %s', (_name, make) => {
  async function filled(certificate?: SourceCertificate): Promise<FollowedSource> {
    const made = make(certificate);
    open.push(made);
    await made.start();
    await made.commit([cluster('c1'), service('s1'), task('t1')]);
    return made;
  }

  test('[G1] followSwarm resolves with the contents: a change between watch and lists comes once', async () => {
    const made = await filled();
    let slot = 1;
    made.betweenLists = () => made.commit([task('t1', ++slot), task('t2', slot)]);
    const swarm = await follow(made);
    expect(swarm.status).toBe('live');
    expect(swarm.target).toBe(`unix://${made.path}`);
    await until(swarm, () => slotOf(swarm) === slot && slotOf(swarm, 't2') === slot);
    await made.commit([{ kind: 'task', remove: 't2' }]);
    await until(swarm, () => slotOf(swarm, 't2') === undefined);
    expect(swarm.store.save().tasks).toEqual(made.rows('task'));
  });

  test('[G5] after an interruption the missed changes come as commits, where the manager still has them', async () => {
    const made = await filled();
    const swarm = await follow(made);
    await made.commit([task('t1', 2)]);
    await until(swarm, () => slotOf(swarm) === 2);
    const watcher = swarm.store.watch();
    await lost(made, swarm);
    await made.commit([task('t1', 3)]);
    await made.commit([task('t1', 4)], { batch: true });
    await made.start();
    const slots: (number | undefined)[] = [];
    for await (const { events, reset } of watcher.commits()) {
      expect(reset).toBeUndefined();
      slots.push(...events.map((event) => (event.kind === 'task' ? event.object.slot : undefined)));
      if (slots.includes(4)) break;
    }
    expect(slots).toEqual([3, 4]);
    expect(made.lists).toBe(1);
    expect(made.resumed.at(-1)).toBeGreaterThan(0);
  });

  test.each([
    ['the manager has compacted its log', (made: FollowedSource) => made.compact()],
    [
      'another swarm answers',
      (made: FollowedSource) => made.commit([{ kind: 'cluster', remove: 'c1' }, cluster('c2')]),
    ],
  ])('[G5] after an interruption the contents are listed again where %s', async (_, change) => {
    const made = await filled();
    const swarm = await follow(made);
    await made.commit([task('t1', 2)]);
    await until(swarm, () => slotOf(swarm) === 2);
    const watcher = swarm.store.watch();
    await lost(made, swarm);
    await made.commit([task('t1', 3), task('t2')]);
    await change(made);
    await made.start();
    for await (const { reset } of watcher.commits()) {
      expect(reset).toBe(true);
      break;
    }
    expect(swarm.store.save().tasks).toEqual(made.rows('task'));
    expect(made.lists).toBe(2);
  });

  test('[G6] the status is connecting, syncing, live, stale or closed, with the reason; attempts go on', async () => {
    const made = await filled();
    const swarm = await follow(made);
    const seen: SwarmStatus[] = [swarm.status];
    const retries: number[] = [];
    swarm.on('status', ({ status }) => seen.push(status));
    swarm.on('retry', ({ failures }) => retries.push(failures));
    const reason = await lost(made, swarm);
    expect(isSwarmError(reason, 'ERR_SWARM_NOT_REACHABLE')).toBe(true);
    await made.start();
    await reached(swarm, 'live');
    await swarm.close();
    expect(seen).toEqual(['live', 'stale', 'live', 'closed']);
    expect(retries[0]).toBe(1);
    // Views go on working.
    expect(slotOf(swarm)).toBe(1);
  });

  test('[G6] a manager that stops, or is demoted, ends its watches: the status is stale, then live again', async () => {
    const made = await filled();
    const swarm = await follow(made);
    const stale = reached(swarm, 'stale');
    made.endWatches();
    expect(isSwarmError(await stale, 'ERR_SWARM_NOT_REACHABLE')).toBe(true);
    if (swarm.status !== 'live') await reached(swarm, 'live');
  });

  test('[G7] a connection that is silent is noticed by a call of the control API', async () => {
    const made = await filled();
    const swarm = await follow(made, { timeoutMs: 300 }, { probeMs: 20 });
    made.silent = true;
    const reason = await reached(swarm, 'stale');
    expect(isSwarmError(reason, 'ERR_SWARM_NO_LEADER')).toBe(true);
    await made.commit([task('t1', 2)]);
    made.silent = false;
    await until(swarm, () => slotOf(swarm) === 2);
  });

  test('[G8] an error that needs a person rejects at once; one that may pass only after timeoutMs', async () => {
    const made = make();
    open.push(made);
    const missing = await follow(made).catch((error: unknown) => error);
    expect(isSwarmError(missing, 'ERR_SWARM_NOT_A_MANAGER')).toBe(true);
    await made.start();
    made.silent = true;
    const silent = await follow(made, { timeoutMs: 200 }).catch((error: unknown) => error);
    expect(isSwarmError(silent, 'ERR_SWARM_NO_LEADER')).toBe(true);
  });

  test('[G10] secrets of swarmkit itself and extensions outlive a listing while the manager has them', async () => {
    const made = await filled();
    const swarm = await follow(made);
    await made.commit([extension('e1'), extension('e2'), secret('k1', 'x', true), secret('k2', 'x', true)]);
    await until(swarm, () => swarm.store.save().secrets.length === 2);
    await made.kill();
    await made.commit([
      { kind: 'extension', remove: 'extension-e2' },
      { kind: 'secret', remove: 'k2' },
    ]);
    await made.compact();
    await made.start();
    await until(swarm, () => swarm.store.save().secrets.length === 1);
    const { extensions, secrets } = swarm.store.save();
    expect([...extensions, ...secrets].map(({ id }) => id)).toEqual(['extension-e1', 'k1']);
  });

  test('[G11] a new kind of resource is followed: of a new extension at once, else at the next call', async () => {
    const made = await filled();
    // No list has extensions: the follower learns of these two by their resources.
    await made.commit([extension('listed'), extension('unknown'), resource('r1', 'listed')]);
    const swarm = await follow(made, {}, { probeMs: 20 });
    const ids = (): string =>
      swarm.store
        .save()
        .resources.map(({ id }) => id)
        .join();
    expect(ids()).toBe('r1');
    await made.commit([extension('new')]);
    await made.commit([resource('r2', 'new')]);
    await until(swarm, () => ids() === 'r1,r2');
    await made.commit([resource('r3', 'unknown')]);
    await until(swarm, () => ids() === 'r1,r2,r3');
  });

  test('[G13] each way in which a manager cannot be followed is an error with its remedy', async () => {
    const issued = (by: TestAuthority, traits: CertificateTraits): SourceCertificate => ({
      ca: by.ca,
      ...by.issue('server', traits),
    });
    const dnsNames = ['swarm-manager'];
    const worker = issued(authority, { unit: 'swarm-worker', dnsNames: ['swarm-worker'] });
    const expired = issued(authority, { dnsNames, until: '20210101000000Z' });
    const foreign = issued(new TestAuthority('x'), { dnsNames });
    const cases: readonly (readonly [SwarmErrorCode, RegExp, SourceCertificate])[] = [
      ['ERR_SWARM_NOT_A_MANAGER', /certificate of a worker/, worker],
      ['ERR_SWARM_CERTIFICATE', /not valid today/, expired],
      ['ERR_SWARM_CERTIFICATE', /another swarm answers/, foreign],
    ];
    for (const [code, text, certificate] of cases) {
      const made = await filled(certificate);
      const error = await follow(made).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, target: `unix://${made.path}` });
      expect((error as Error).message).toMatch(text);
      const swarm = await follow(made, { ca: undefined, insecure: true });
      expect(swarm.status).toBe('live');
    }
  });

  test('[G14] nobody is believed without a root certificate, a join token or insecure: true', async () => {
    const made = await filled();
    const refused = (options: FollowSwarmOptions): Promise<unknown> =>
      follow(made, options).catch((error: unknown) => error);
    expect(await refused({ ca: undefined })).toMatchObject({ code: 'ERR_SWARM_CERTIFICATE' });
    expect(await refused({ ca: '/no/such/file' })).toMatchObject({ code: 'ERR_SWARM_CERTIFICATE' });
    const token = 'SWMTKN-1-canary';
    const error = await refused({ ca: token });
    expect(error).toMatchObject({ code: 'ERR_SWARM_INVALID_ARGUMENT', argument: 'ca' });
    expect(String(error)).not.toContain('canary');
    const remote = await followWith(timings, '127.0.0.1:2377', {}).catch((thrown: unknown) => thrown);
    expect(remote).toMatchObject({ code: 'ERR_SWARM_CERTIFICATE', target: '127.0.0.1:2377' });
    const own = authority.issue('w', { unit: 'swarm-worker' });
    const options = { cert: own.certificate, key: own.key, ca: authority.ca };
    const worker = await followWith(timings, '127.0.0.1:2377', options).catch((thrown: unknown) => thrown);
    expect(worker).toMatchObject({ code: 'ERR_SWARM_NOT_PERMITTED' });
  });

  test('[G16] a signal ends following: before the first contents with its reason, later by closing', async () => {
    const made = await filled();
    const reason = new Error('enough');
    expect(await follow(made, { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error)).toBe(reason);
    made.silent = true;
    const early = new AbortController();
    const waiting = follow(made, { signal: early.signal }).catch((error: unknown) => error);
    early.abort(reason);
    expect(await waiting).toBe(reason);
    made.silent = false;
    const late = new AbortController();
    const swarm = await follow(made, { signal: late.signal });
    const watcher = swarm.store.watch();
    late.abort(reason);
    for await (const _ of watcher.commits());
    expect(swarm.status).toBe('closed');
  });
});
