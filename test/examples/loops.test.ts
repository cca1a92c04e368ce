import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  NodeSpecAvailability,
  RestartPolicyRestartCondition,
  UpdateConfigFailureAction,
  UpdateConfigUpdateOrder,
} from 'swarmstate';
import type { ServiceInput } from 'swarmstate';
import { ordinaryContainers } from '../../examples/orchestrator/agents/container-behaviour.ts';
import {
  removeService,
  resumeUpdate,
  rollService,
  scaleService,
  setNodeUp,
} from '../../examples/orchestrator/operator.ts';
import { allLoops } from '../../examples/orchestrator/all-loops.ts';
import { checkAsyncProperty } from '../support/property.ts';
import { brokenAtRest, unfinished } from './support/invariants.ts';
import { World } from './support/world.ts';

/** A campaign of many runs may take its time. */
const campaignTimeout = 120_000 * Number(process.env['FC_RUNS'] ?? 1);

/** After this time no container that is created crashes. */
const calm = 1_700_000_000_000 + 20_000;

/** Acts of people and accidents. */
const disturbance = fc.oneof(
  fc.record({ kind: fc.constant('scale' as const), service: fc.nat(2), replicas: fc.nat(6) }),
  fc.record({ kind: fc.constant('roll' as const), service: fc.nat(3), image: fc.nat(4) }),
  fc.record({ kind: fc.constant('node' as const), node: fc.integer({ min: 1, max: 4 }), up: fc.boolean() }),
  fc.record({ kind: fc.constant('drain' as const), node: fc.integer({ min: 1, max: 4 }), drain: fc.boolean() }),
  fc.record({
    kind: fc.constant('relabel' as const),
    node: fc.integer({ min: 1, max: 4 }),
    parity: fc.constantFrom('odd', 'even'),
  }),
  fc.record({ kind: fc.constant('remove' as const), service: fc.nat(3) }),
  fc.record({ kind: fc.constant('recreate' as const), service: fc.nat(3) }),
);
type Disturbance = typeof disturbance extends fc.Arbitrary<infer T> ? T : never;

/** A loop that is stopped right after a commit, and started again so many milliseconds later. */
const crash = fc.record({
  commit: fc.integer({ min: 1, max: 200 }),
  loop: fc.nat(allLoops.length - 1),
  back: fc.constantFrom(0, 0, 150, 1000, 10_000),
});

const restart = { condition: RestartPolicyRestartCondition.ANY, delay: { seconds: 2 } };

/** The services of the property: one of each kind that the loops treat in their own way. */
function services(
  startFirst: boolean,
  failureAction: UpdateConfigFailureAction,
): readonly (ServiceInput & { id: string })[] {
  const order = startFirst ? UpdateConfigUpdateOrder.START_FIRST : UpdateConfigUpdateOrder.STOP_FIRST;
  const update = { parallelism: 2, delay: { seconds: 1 }, monitor: { seconds: 3 }, order, failureAction };
  const spec = (name: string, image: string) => ({
    annotations: { name },
    task: { container: { image }, restart },
    update,
    rollback: { ...update, failureAction: UpdateConfigFailureAction.CONTINUE },
  });
  return [
    { id: 'web', spec: { ...spec('web', 'web:0'), replicated: { replicas: 4 } } },
    {
      id: 'api',
      spec: {
        ...spec('api', 'api:0'),
        task: { container: { image: 'api:0' }, restart, placement: { constraints: ['node.labels.parity == odd'] } },
        replicated: { replicas: 2 },
      },
    },
    {
      id: 'one',
      spec: {
        annotations: { name: 'one' },
        task: { container: { image: 'one:0' }, placement: { maxReplicas: 2 } },
        replicated: { replicas: 1 },
      },
    },
    {
      id: 'log',
      spec: {
        ...spec('log', 'log:0'),
        task: { container: { image: 'log:0' }, restart, placement: { constraints: ['node.labels.parity != odd'] } },
        global: {},
      },
    },
  ];
}

async function disturb(
  world: World,
  what: Disturbance,
  all: readonly (ServiceInput & { id: string })[],
): Promise<void> {
  switch (what.kind) {
    case 'scale':
      await scaleService(world.store, all[what.service]!.id, what.replicas);
      return;
    case 'roll':
      // Image 4 never comes up.
      await rollService(world.store, all[what.service]!.id, what.image === 4 ? 'broken:4' : `image:${what.image}`);
      return;
    case 'node':
      await setNodeUp(world.store, `node-${what.node}`, what.up);
      return;
    case 'drain':
      await world.write((tx) => {
        tx.nodes.modify(`node-${what.node}`, (draft) => {
          draft.spec.availability = what.drain ? NodeSpecAvailability.DRAIN : NodeSpecAvailability.ACTIVE;
        });
      });
      return;
    case 'relabel':
      await world.write((tx) => {
        tx.nodes.modify(`node-${what.node}`, (draft) => {
          draft.spec.annotations.labels['parity'] = what.parity;
        });
      });
      return;
    case 'remove':
      await removeService(world.store, all[what.service]!.id);
      return;
    case 'recreate':
      await world.write((tx) => {
        const service = all[what.service]!;
        if (tx.services.get(service.id) === undefined) tx.services.create(service);
      });
  }
}

describe('control loops', () => {
  test(
    '[L1][L2][L3][L4][L5][L6][L7][L8][L9] the rules hold at every commit, whichever loop is stopped and started again',
    async () => {
      await checkAsyncProperty(
        fc.asyncProperty(
          fc.record({
            seed: fc.nat(1000),
            startFirst: fc.boolean(),
            failureAction: fc.constantFrom(
              UpdateConfigFailureAction.CONTINUE,
              UpdateConfigFailureAction.ROLLBACK,
              UpdateConfigFailureAction.PAUSE,
            ),
            steps: fc.array(fc.tuple(disturbance, fc.constantFrom(0, 100, 1000, 4000)), { minLength: 1, maxLength: 8 }),
            crashes: fc.array(crash, { maxLength: 8 }),
            watchLimit: fc.constantFrom(undefined, 1, 5),
          }),
          async ({ seed, startFirst, failureAction, steps, crashes, watchLimit }) => {
            const behaviour = ordinaryContainers({
              seed,
              crashing: 0.2,
              trouble: { from: 0, until: calm },
              crashAfter: [500, 6000],
            });
            const world = await World.start({
              nodes: 4,
              behaviour,
              ...(watchLimit === undefined ? {} : { watchLimit }),
            });
            const all = services(startFirst, failureAction);
            const pending = [...crashes].sort((a, b) => a.commit - b.commit);
            world.onCommit = () => {
              for (let next = pending[0]; next !== undefined && next.commit <= world.commits; next = pending[0]) {
                const { loop, back } = next;
                pending.shift();
                const starter = world.starters[loop]!;
                void world.stopLoop(starter);
                if (back === 0) world.startLoop(starter);
                else world.clock.callAt(world.clock.now() + back, () => world.startLoop(starter));
              }
            };
            await world.write((tx) => {
              for (const service of all) tx.services.create(service);
            });
            for (const [what, time] of steps) {
              await disturb(world, what, all);
              await world.pass(time);
            }
            // The disturbance ends: every loop is back, and there are nodes that have room for everything; the fourth
            // stays as it is.
            for (let node = 1; node <= 3; node++) {
              await disturb(world, { kind: 'node', node, up: true }, all);
              await disturb(world, { kind: 'drain', node, drain: false }, all);
            }
            await disturb(world, { kind: 'relabel', node: 1, parity: 'odd' }, all);
            pending.length = 0;
            for (const starter of world.starters) world.startLoop(starter);
            await world.settle();
            expect(world.view(brokenAtRest)).toEqual([]);
            // Once nothing crashes any more: an image that does not come up is replaced, and an update that was paused
            // goes on.
            await world.pass(Math.max(0, calm - world.clock.now()) + 20_000);
            for (const service of all) {
              const broken = world.view((tx) =>
                /broken/.test(tx.services.get(service.id)?.spec.task.container?.image ?? ''),
              );
              if (broken) await rollService(world.store, service.id, 'image:5');
              else await resumeUpdate(world.store, service.id);
            }
            const left = await world.passUntilDone(unfinished, 300_000);
            expect({ left, errors: await world.end() }).toEqual({ left: [], errors: [] });
          },
        ),
        { numRuns: 60 },
      );
    },
    campaignTimeout,
  );
});
