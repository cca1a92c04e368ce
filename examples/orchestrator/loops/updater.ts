import { UpdateConfigFailureAction, UpdateStatusUpdateState, all, byServiceId } from 'swarmstate';
import type { MemoryStore, ObjectEvent, ReadTx, Service, Tx } from 'swarmstate';
import { timestamp } from '../time.ts';
import { startLoop } from './control-loop.ts';
import type { ControlLoop, LoopOptions, StepContext } from './control-loop.ts';
import { groupBySlot, isOccupied } from './slots.ts';
import { beginUpdate, slotUpdate, stopPredecessors } from './slot-update.ts';
import type { SlotUpdate } from './slot-update.ts';
import { isRollback, updateSettings } from './update-settings.ts';
import type { UpdateSettings } from './update-settings.ts';

/**
 * Updates the tasks of each service to its present spec, a few slots at a time, by the update settings of the service.
 * Watches for failures, and then pauses, continues, or rolls the service back to its previous spec.
 *
 * The progress of an update is stored nowhere: it is computed from the tasks of each slot. So the loop can be stopped
 * at any point of an update, and a new spec during an update just makes all slots outdated again. Only the outcome is
 * stored, in the `updateStatus` of the service: for people, and to hold a paused update. A change of the spec clears
 * it.
 */
export function startUpdater(store: MemoryStore, options: LoopOptions): ControlLoop {
  return startLoop(
    store,
    {
      name: 'updater',
      tables: ['service', 'task'],
      events: [{ kind: 'service' }, { kind: 'task', check: (task) => task.serviceId !== '' }],
      initialKeys: (tx) => tx.services.find(all).map(({ id }) => id),
      keysOf: concernedService,
      step: update,
    },
    options,
  );
}

function concernedService(event: ObjectEvent): readonly string[] {
  return event.kind === 'service' ? [event.object.id] : event.kind === 'task' ? [event.object.serviceId] : [];
}

function update(tx: Tx, serviceId: string, context: StepContext): number | undefined {
  const service = tx.services.get(serviceId);
  if (service === undefined) return undefined;
  const slots = slotsOf(tx, service);
  for (const slot of slots) stopPredecessors(tx, slot);
  const outdated = slots.filter((slot) => slot.progress === 'outdated');
  switch (service.updateStatus?.state) {
    case UpdateStatusUpdateState.UPDATING:
    case UpdateStatusUpdateState.ROLLBACK_STARTED:
      return goOn(tx, service, slots, outdated, context);
    case UpdateStatusUpdateState.PAUSED:
    case UpdateStatusUpdateState.ROLLBACK_PAUSED:
      return undefined;
    default:
      if (outdated.length === 0) return undefined;
      setStatus(tx, service, UpdateStatusUpdateState.UPDATING, 'update in progress', context);
      // Continues at once in another step, which sees the status.
      return context.now;
  }
}

/** The slots that have a task, or had a task that is done. The orchestrators fill or remove all other slots. */
function slotsOf(tx: ReadTx, service: Service): readonly SlotUpdate[] {
  const slots = groupBySlot(tx.tasks.find(byServiceId(service.id)));
  return slots.filter(isOccupied).map((tasks) => slotUpdate(tasks, service));
}

function goOn(
  tx: Tx,
  service: Service,
  slots: readonly SlotUpdate[],
  outdated: readonly SlotUpdate[],
  context: StepContext,
): number | undefined {
  const settings = updateSettings(service);
  const failed = slots.filter((slot) => slot.failed).length;
  if (
    failed > 0 &&
    failed / slots.length > settings.maxFailureRatio &&
    settings.failureAction !== UpdateConfigFailureAction.CONTINUE
  ) {
    giveUp(tx, service, settings, `update paused: ${failed} of ${slots.length} slots failed`, context);
    return context.now;
  }
  // A slot counts as being updated until its new task has run for the delay between updates.
  const restUntil = slots.map((slot) => (slot.progress === 'updating' ? slot.runningSince + settings.delay : 0));
  const onTheirWay = restUntil.filter((time) => time > context.now).length;
  const room = settings.parallelism === 0 ? outdated.length : settings.parallelism - onTheirWay;
  const next = outdated.slice(0, Math.max(0, room));
  for (const slot of next) beginUpdate(tx, service, slot, settings.startFirst, context);
  if (outdated.length > next.length) return earliest(restUntil, context.now);
  if (next.length > 0) return undefined;
  // All slots have their new task. The update is complete when the last of them has run for the monitoring period.
  const settledAt = Math.max(
    0,
    ...slots.map((slot) => (slot.progress === 'updating' ? slot.runningSince + settings.monitor : 0)),
  );
  if (settledAt > context.now) return earliest([settledAt], context.now);
  const rollback = isRollback(service);
  setStatus(
    tx,
    service,
    rollback ? UpdateStatusUpdateState.ROLLBACK_COMPLETED : UpdateStatusUpdateState.COMPLETED,
    rollback ? 'rollback completed' : 'update completed',
    context,
  );
  return undefined;
}

/**
 * Reacts to too many failures: rolls back to the previous spec if the settings say so and there is one; otherwise
 * pauses until a person decides.
 */
function giveUp(tx: Tx, service: Service, settings: UpdateSettings, message: string, context: StepContext): void {
  const { previousSpec } = service;
  if (isRollback(service)) {
    setStatus(tx, service, UpdateStatusUpdateState.ROLLBACK_PAUSED, message, context);
  } else if (settings.failureAction === UpdateConfigFailureAction.ROLLBACK && previousSpec !== undefined) {
    tx.services.modify(service.id, (draft) => {
      draft.spec = previousSpec;
      draft.specVersion = service.previousSpecVersion;
      draft.previousSpec = undefined;
      draft.previousSpecVersion = undefined;
    });
    setStatus(
      tx,
      service,
      UpdateStatusUpdateState.ROLLBACK_STARTED,
      message.replace('update paused', 'rolling back'),
      context,
    );
  } else {
    setStatus(tx, service, UpdateStatusUpdateState.PAUSED, message, context);
  }
}

function setStatus(
  tx: Tx,
  service: Service,
  state: UpdateStatusUpdateState,
  message: string,
  { now }: StepContext,
): void {
  const begins = state === UpdateStatusUpdateState.UPDATING || state === UpdateStatusUpdateState.ROLLBACK_STARTED;
  tx.services.modify(service.id, (draft) => {
    draft.updateStatus = {
      state,
      message,
      startedAt: begins ? timestamp(now) : service.updateStatus?.startedAt,
      completedAt: begins ? undefined : timestamp(now),
    };
  });
}

/** The earliest of the times that is still to come. Tasks that do not run yet have none. */
function earliest(times: readonly number[], now: number): number | undefined {
  const next = Math.min(...times.filter((time) => time > now));
  return Number.isFinite(next) ? next : undefined;
}
