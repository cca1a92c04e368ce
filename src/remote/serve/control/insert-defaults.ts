import {
  RestartPolicyRestartCondition,
  UpdateConfigFailureAction,
  UpdateConfigUpdateOrder,
} from '../../../wire/generated/enums.ts';
import { Service } from '../../../wire/generated/service.ts';
import type { UpdateConfig, UpdateConfigInput } from '../../../wire/generated/service.ts';

const restartDelay = { seconds: 5 } as const;
const monitor = { seconds: 5 } as const;

/** The steps of an update and of a roll-back where a service says nothing. */
const usualSteps: UpdateConfigInput = {
  failureAction: UpdateConfigFailureAction.PAUSE,
  monitor,
  parallelism: 1,
  order: UpdateConfigUpdateOrder.STOP_FIRST,
};

/**
 * A service with swarmkit's defaults in the unset fields of its spec, as `insert_defaults` asks for. Fields that are
 * set stay, also where their value is the zero of its type. `previousSpec` stays as it is.
 */
export function withDefaults(service: Service): Service {
  const { spec } = service;
  const { task } = spec;
  const { container } = task;
  return Service.from({
    ...service,
    spec: {
      ...spec,
      task: {
        ...task,
        ...(container === undefined
          ? {}
          : {
              container: {
                ...container,
                stopGracePeriod: container.stopGracePeriod ?? { seconds: 10 },
                pullOptions: container.pullOptions ?? {},
                dnsConfig: container.dnsConfig ?? {},
              },
            }),
        resources: task.resources ?? {},
        restart:
          task.restart === undefined
            ? { condition: RestartPolicyRestartCondition.ANY, delay: restartDelay }
            : { ...task.restart, delay: task.restart.delay ?? restartDelay },
        placement: task.placement ?? {},
      },
      update: stepsOf(spec.update),
      rollback: stepsOf(spec.rollback),
    },
  });
}

function stepsOf(steps: UpdateConfig | undefined): UpdateConfigInput {
  return steps === undefined ? usualSteps : { ...steps, monitor: steps.monitor ?? monitor };
}
