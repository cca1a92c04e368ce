import { UpdateConfigFailureAction, UpdateConfigUpdateOrder, UpdateStatusUpdateState } from 'swarmstate';
import type { Service } from 'swarmstate';
import { spanOf } from '../time.ts';

/** The settings of an update; times are in milliseconds. */
export interface UpdateSettings {
  /** The number of slots that are updated at the same time; 0 for all. */
  readonly parallelism: number;
  /** The time that the new task of a slot has to run before the next slot is updated. */
  readonly delay: number;
  /** The time that the last new tasks are watched before the update is complete. */
  readonly monitor: number;
  /** The share of the slots that may fail. */
  readonly maxFailureRatio: number;
  readonly failureAction: UpdateConfigFailureAction;
  /** True: the new task runs before the old one is stopped. */
  readonly startFirst: boolean;
}

const defaultMonitor = 5000;

/** True while the service is rolled back to its previous spec. */
export function isRollback(service: Service): boolean {
  const state = service.updateStatus?.state;
  return state === UpdateStatusUpdateState.ROLLBACK_STARTED || state === UpdateStatusUpdateState.ROLLBACK_PAUSED;
}

/**
 * The settings in effect: for an update or for a rollback. Without settings, one slot is updated after the other, and a
 * failure pauses the update.
 */
export function updateSettings(service: Service): UpdateSettings {
  const config = isRollback(service) ? service.spec.rollback : service.spec.update;
  return {
    parallelism: config?.parallelism ?? 1,
    delay: spanOf(config?.delay, 0),
    monitor: spanOf(config?.monitor, defaultMonitor),
    maxFailureRatio: config?.maxFailureRatio ?? 0,
    failureAction: config?.failureAction ?? UpdateConfigFailureAction.PAUSE,
    startFirst: config?.order === UpdateConfigUpdateOrder.START_FIRST,
  };
}
