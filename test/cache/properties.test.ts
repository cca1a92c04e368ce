import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore, all } from 'swarmstate';
import type { Task, Tx, Version } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import type { Query } from 'swarmstate/cache';
import { kinds } from '../../src/testing/model/kinds.ts';
import { checkAsyncProperty } from '../support/property.ts';
import { focuses } from '../model/random-objects.ts';
import { programsOn } from '../model/random-programs.ts';
import { runOnStore } from '../model/run-command.ts';
import type { Write } from '../model/run-command.ts';

/** The contents of a store, by kind and id. */
function contents(read: (kind: (typeof kinds)[number]) => readonly { readonly id: string }[]): Map<string, unknown> {
  return new Map(kinds.flatMap((kind) => read(kind).map((object) => [`${kind} ${object.id}`, object] as const)));
}

/** Changes that many tasks, and creates those that do not exist. */
function bulk(tx: Tx, changes: number, commit: number): void {
  for (let n = 0; n < changes; n++) {
    if (tx.tasks.get(`bulk-${n}`) === undefined) tx.tasks.create({ id: `bulk-${n}`, slot: n });
    else tx.tasks.modify(`bulk-${n}`, (draft) => void (draft.slot = n + changes + commit));
  }
}

const byPath = (object: object, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], object);

test(
  '[Y20][Y15][Y17] at every commit a cache equals its store, indexed queries equal scans, and views equal queries',
  async () => {
    let outrun = 0;
    await checkAsyncProperty(
      fc.asyncProperty(
        focuses.chain((focus) =>
          fc.array(
            fc.oneof(
              { weight: 5, arbitrary: programsOn([...focus, 'task']).writes.map((write) => write as Write) },
              // That many changes, in one commit, or in commits that come faster than they are read.
              {
                weight: 2,
                arbitrary: fc.record({ changes: fc.integer({ min: 1, max: 40 }), commits: fc.constantFrom(1, 1, 5) }),
              },
            ),
            { minLength: 3, maxLength: 25 },
          ),
        ),
        fc.boolean(),
        fc.constantFrom(20, undefined),
        async (program, asks, limit) => {
          const source = new MemoryStore({ history: 10_000, firstVersion: 1 });
          const committed: Map<string, unknown>[] = [];
          // A check runs during its commit, once for each event. The last run of a version counts.
          const check = (): boolean => {
            committed[source.version!.index] = source.view((tx) => contents((kind) => tx.table(kind).find(all)));
            return true;
          };
          source.watch({ events: kinds.map((kind) => ({ kind, check })), limit: Infinity });
          const paths = ['slot', 'serviceId', 'status.state'] as const;
          const cache = new LocalCache(source, { indices: { task: paths }, limit });
          const tasks = cache.table('task');
          let told = tasks.find({ slot: { $gt: 1 } }, { sort: ['slot'] });
          const view = tasks.view({ query: { slot: { $gt: 1 } }, sort: ['slot'], onChange: (rows) => (told = rows) });
          let compared = 0;
          const failures: unknown[] = [];
          const onCommit = (work: (version: Version) => void): void => {
            cache.on('commit', ({ version }) => {
              // An error that a handler throws would be seen by nobody.
              try {
                work(version!);
              } catch (error) {
                failures.push(error);
              }
            });
          };
          onCommit((version) => {
            compared += 1;
            expect(contents((kind) => cache.table(kind).find())).toEqual(committed[version.index]);
            if (!asks) return;
            for (const path of paths) {
              for (const value of new Set(tasks.find().map((task) => byPath(task, path)))) {
                const scanned = tasks.find({}, { where: (task) => byPath(task, path) === value, sort: ['id'] });
                expect(tasks.find({ [path]: value } as Query<Task>, { sort: ['id'] })).toEqual(scanned);
                expect(tasks.find({ [path]: { $in: [value] } } as Query<Task>, { sort: ['id'] })).toEqual(scanned);
              }
            }
          });
          onCommit(() => {
            expect(view.rows).toEqual(tasks.find({ slot: { $gt: 1 } }, { sort: ['slot'] }));
          });
          for (const command of program) {
            if ('do' in command) await runOnStore(source, command);
            else
              await Promise.all(
                Array.from({ length: command.commits }, (_, commit) =>
                  source.update((tx) => bulk(tx, command.changes, commit)),
                ),
              );
          }
          const { version } = source;
          if (version !== undefined) await cache.waitFor(version);
          if (failures.length > 0) throw failures[0];
          expect(contents((kind) => cache.table(kind).find())).toEqual(
            source.view((tx) => contents((kind) => tx.table(kind).find(all))),
          );
          expect(told).toEqual(tasks.find({ slot: { $gt: 1 } }, { sort: ['slot'] }));
          const { resyncs } = cache.stats();
          outrun += resyncs;
          if (resyncs === 0) expect(compared).toBe(Object.keys(committed).length);
        },
      ),
      { numRuns: 80 },
    );
    // A property that never meets its cases proves nothing.
    expect(outrun).toBeGreaterThan(0);
  },
  60_000 * Number(process.env['FC_RUNS'] ?? 1),
);
