import { UpdateConfigFailureAction, UpdateConfigUpdateOrder, UpdateStatusUpdateState } from 'swarmstate';
import type { Service } from 'swarmstate';
import { spanOf } from '../time.ts';

/** How an update is to proceed; times in milliseconds. */
export interface UpdateSettings {
  /** Slots that are on their way at the same time; 0 for all. */
  readonly parallelism: number;
  /** How long a slot's new task has to run before the slot makes room for the next. */
  readonly delay: number;
  /** How long the last new tasks are watched before the update is declared complete. */
  readonly monitor: number;
  /** Which part of the slots may fail. */
  readonly maxFailureRatio: number;
  readonly failureAction: UpdateConfigFailureAction;
  /** The new task runs before the old one is stopped. */
  readonly startFirst: boolean;
}

const defaultMonitor = 5000;

/** True while the service is on its way back to its previous spec. */
export function isRollback(service: Service): boolean {
  const state = service.updateStatus?.state;
  return state === UpdateStatusUpdateState.ROLLBACK_STARTED || state === UpdateStatusUpdateState.ROLLBACK_PAUSED;
}

/**
 * The settings in effect: those for updates or those for rollbacks; where the service has none, one slot after the
 * other, pausing on a failure.
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
